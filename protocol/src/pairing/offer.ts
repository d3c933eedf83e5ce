import { hkdf } from '@noble/hashes/hkdf.js'
import { hmac } from '@noble/hashes/hmac.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { wordlist } from '@scure/bip39/wordlists/english.js'
import { decodeCbor, encodeCbor, sameBytes } from '../cbor.ts'
import { FieldReader, rawOf } from '../fields.ts'
import { type Address, fromHex, type Hex, toHex } from '../ids.ts'
import { type Recover, SIGNATURE_BYTES, type Signer } from '../signature.ts'
import { BIND_DEVICE, type BindDevice } from '../typed-data/chain.ts'
import { digestOf } from '../typed-data/domain.ts'
import { type Enrolment, formatEnrolment } from './enrolment.ts'

/** What a device puts into the mailbox at its hospital for the patient to find. */
export interface PairingOffer {
  readonly device: Address
  /** The device's signature of the binding. */
  readonly signature: Uint8Array
  /** HMAC-SHA256 under the enrolment's secret: it was this enrolment that the device was given. */
  readonly mac: Uint8Array
}

const text = (value: string) => new TextEncoder().encode(value)
const derive = (enrolment: Enrolment, purpose: string, length: number) =>
  hkdf(
    sha256,
    enrolment.secret,
    sha256(text(formatEnrolment(enrolment))),
    text(`hygeia/pairing/${purpose}/1`),
    length,
  )

/** Name of the mailbox: tells nothing of the secret. */
export function mailboxOf(enrolment: Enrolment): Hex {
  return toHex(derive(enrolment, 'mailbox', 16))
}

/** The binding that both sign; nonce and deadline follow from the enrolment, so that neither has to be sent. */
export function bindingOf(enrolment: Enrolment, device: Address): BindDevice {
  return {
    device,
    patient: enrolment.patient,
    nonce: BigInt(toHex(derive(enrolment, 'nonce', 32))),
    deadline: Math.floor(enrolment.expires / 1_000),
  }
}

function macOf(enrolment: Enrolment, device: Address, signature: Uint8Array): Uint8Array {
  return hmac(sha256, derive(enrolment, 'mac', 32), Uint8Array.of(...fromHex(device), ...signature))
}

export function makeOffer(enrolment: Enrolment, signer: Signer): PairingOffer {
  const signature = signer.sign(digestOf(enrolment.realm, BIND_DEVICE, bindingOf(enrolment, signer.address)))
  return { device: signer.address, signature, mac: macOf(enrolment, signer.address, signature) }
}

/** Whether the offer comes from a device that was given this enrolment and holds its key. */
export function isOfferGenuine(enrolment: Enrolment, offer: PairingOffer, recover: Recover): boolean {
  if (!sameBytes(offer.mac, macOf(enrolment, offer.device, offer.signature))) return false
  const digest = digestOf(enrolment.realm, BIND_DEVICE, bindingOf(enrolment, offer.device))
  return recover(digest, offer.signature) === offer.device
}

/** Six words (66 bits) over everything in the enrolment and the device's address; both sides show them. */
export function pairingWords(enrolment: Enrolment, device: Address): readonly string[] {
  let bits = BigInt(toHex(hkdf(sha256, derive(enrolment, 'words', 32), undefined, fromHex(device), 9))) >> 6n
  const words: string[] = []
  for (let index = 0; index < 6; index++) {
    words.push(String(wordlist[Number(bits & 2047n)]))
    bits >>= 11n
  }
  return words
}

/** `[1, device, signature, mac]`; layout in offer.cddl */
export function encodeOffer({ device, signature, mac }: PairingOffer): Uint8Array {
  return encodeCbor([1, rawOf(device), signature, mac])
}

/** Checks form only. @throws {MalformedError} */
export function decodeOffer(bytes: Uint8Array): PairingOffer {
  const fields = new FieldReader('pairing offer', decodeCbor(bytes, 'pairing offer', 256), 4)
  fields.constant(1)
  return { device: fields.address(), signature: fields.bytes(SIGNATURE_BYTES), mac: fields.bytes(32) }
}
