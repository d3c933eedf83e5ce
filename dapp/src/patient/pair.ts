import { type Hex, toHex } from '@hygeia/protocol/ids'
import type { Month } from '@hygeia/protocol/label'
import { encodeLabelKeys } from '@hygeia/protocol/label-keys/label-keys'
import { ENROLMENT_SECRET_BYTES, type Enrolment, formatEnrolment } from '@hygeia/protocol/pairing/enrolment'
import {
  bindingOf,
  decodeOffer,
  isOfferGenuine,
  mailboxOf,
  type PairingOffer,
  pairingWords,
} from '@hygeia/protocol/pairing/offer'
import { BIND_DEVICE } from '@hygeia/protocol/typed-data/chain'
import { MINUTE_MS, type UnixMs } from '@hygeia/protocol/units'
import type { HospitalClient } from '../hospital/client.ts'
import { isRefusal } from '../hospital/errors.ts'
import { signStatement } from '../hospital/statement.ts'
import { randomBytes } from '../random.ts'
import { recoverSigner } from '../recover.ts'
import { PatientError } from './errors.ts'
import { learnLabelKeys, nextLabelKeys } from './label-keys.ts'
import { notOnChain, type Patient } from './patient.ts'

const POLL_MS = 1_000
const BINDING_WAIT_MS = 250
const BINDING_ATTEMPTS = 40

export interface Pairing {
  readonly enrolment: Enrolment
  /** For the device: type it, or show it as QR. */
  readonly text: string
  readonly mailbox: Hex
}

/** What one device is to know of the patient and the hospitals. */
export function enrolmentOf({ identity, hospital, hospitals }: Patient, lifeMs = 15 * MINUTE_MS): Enrolment {
  const { client, realm } = hospital
  return {
    realm,
    patient: identity.signer.address,
    // The device tries them in this order: the one that the mailbox is at comes first.
    hospitals: hospitals.map(({ hospital: { hospital, receiptKey, caHash, client } }) => ({
      hospital,
      receiptKey,
      caHash,
      api: client.transport.base,
    })),
    secret: randomBytes(ENROLMENT_SECRET_BYTES),
    expires: (client.clock.now() + lifeMs) as UnixMs,
  }
}

/** Make an enrolment for one device and open the mailbox that it will answer into. */
export async function beginPairing(patient: Patient, lifeMs?: number): Promise<Pairing> {
  const enrolment = enrolmentOf(patient, lifeMs)
  const mailbox = mailboxOf(enrolment)
  await patient.account.openPairing(mailbox, enrolment.expires)
  return { enrolment, text: formatEnrolment(enrolment), mailbox }
}

/**
 * Wait until the device has answered.
 *
 * @throws {PatientError} `OFFER_FORGED`, or `ENROLMENT_EXPIRED` when none came in time
 */
export async function awaitOffer(
  { hospital: { client }, account }: Patient,
  { enrolment, mailbox }: Pairing,
  signal: AbortSignal,
): Promise<PairingOffer> {
  while (client.clock.now() < enrolment.expires) {
    const bytes = await client.pairingOffer(mailbox, signal)
    if (bytes === 'no-mailbox') await account.openPairing(mailbox, enrolment.expires)
    else if (bytes !== undefined) return genuine(enrolment, bytes)
    await client.clock.sleep(POLL_MS, signal)
  }
  throw new PatientError('no device answered in time: run `hygeia patient pair` again', {
    code: 'ENROLMENT_EXPIRED',
  })
}

function genuine(enrolment: Enrolment, bytes: Uint8Array): PairingOffer {
  try {
    const offer = decodeOffer(bytes)
    if (isOfferGenuine(enrolment, offer, recoverSigner)) return offer
  } catch (cause) {
    throw forged(cause)
  }
  throw forged(undefined)
}

function forged(cause: unknown): PatientError {
  return new PatientError(
    'something that is not your device answered: pair again with a new enrolment string',
    { code: 'OFFER_FORGED' },
    { cause },
  )
}

/** Six words that the device shows too. */
export function wordsOfPairing({ enrolment }: Pairing, { device }: PairingOffer): readonly string[] {
  return pairingWords(enrolment, device)
}

/**
 * Bind the device on the chain and give it its label keys. Only after the words were compared.
 *
 * @param firstMonth - for a device whose data begins before last month
 * @throws {PatientError} `NOT_ON_CHAIN`
 */
export async function completePairing(
  patient: Patient,
  { enrolment, mailbox }: Pairing,
  offer: PairingOffer,
  firstMonth?: Month,
) {
  const { encoded, ...bound } = await bindOffered(patient, enrolment, offer, firstMonth)
  await patient.account.answerPairing(mailbox, encoded)
  return bound
}

/**
 * The same for a device that needs no mailbox, because it is on this side.
 *
 * @throws {PatientError} `NOT_ON_CHAIN`
 */
export async function bindOffered(
  patient: Patient,
  enrolment: Enrolment,
  offer: PairingOffer,
  firstMonth?: Month,
) {
  const { identity, hospital, account, hospitals } = patient
  const [, ...others] = hospitals
  const { device } = offer
  const message = bindingOf(enrolment, device)
  const binding = await hospital.client.relay({
    kind: 'bind-device',
    message,
    deviceSignature: toHex(offer.signature),
    patientSignature: signStatement(identity, hospital, BIND_DEVICE, message),
  })
  const record = await hospital.directory.device(device)
  if (record.patient !== identity.signer.address || record.status !== 'bound') throw notOnChain('the binding')
  const signed = nextLabelKeys(patient, device, await learnLabelKeys(patient, device), firstMonth)
  const encoded = encodeLabelKeys(signed)
  // The hospital first: it must know the labels before the device's first batch comes under one.
  await putSoon(hospital.client, () => account.putLabelKeys(device, encoded))
  // What another does not take now, `hygeia patient label-keys` gives it.
  await Promise.allSettled(
    others.map((one) => putSoon(one.hospital.client, () => one.account.putLabelKeys(device, encoded))),
  )
  return { device, binding, serial: signed.serial, keys: signed.keys.length, encoded }
}

/** A hospital learns from its chain whom a device belongs to, a moment after the block that says it. */
async function putSoon({ clock }: HospitalClient, put: () => Promise<void>): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await put()
    } catch (cause) {
      if (attempt === BINDING_ATTEMPTS || !isRefusal(cause, 'LABEL_KEYS_WRONG_PATIENT')) throw cause
    }
    await clock.sleep(BINDING_WAIT_MS, new AbortController().signal)
  }
}
