import { randomBytes } from 'node:crypto'
import { abi } from '@hygeia/contracts/directory'
import { encodeQuestion, signQuestion } from '@hygeia/protocol/device-link/question'
import { type Address, type Hex, type Hex32, type Incarnation, toHex } from '@hygeia/protocol/ids'
import { formatLabel, type Label, monthOf } from '@hygeia/protocol/label'
import { signDeviceToken } from '@hygeia/protocol/login/device-token'
import { cidOf, digestOfCid } from '@hygeia/protocol/sealed/cid'
import { CAPSULE_BYTES, encodeSealed, WRAPPED_KEY_BYTES } from '@hygeia/protocol/sealed/codec'
import type { SealedHeader } from '@hygeia/protocol/sealed/header'
import { sealedDigester } from '@hygeia/protocol/sealed/signing'
import { keySigner, type Signer, toContractSignature } from '@hygeia/protocol/signature'
import {
  BIND_DEVICE,
  REGISTER_PATIENT,
  SUSPEND_DEVICE,
  type SuspendDevice,
} from '@hygeia/protocol/typed-data/chain'
import { digestOf, type Realm } from '@hygeia/protocol/typed-data/domain'
import type { UnixMs } from '@hygeia/protocol/units'
import { Interface } from 'ethers'
import type { Hospital } from './hospital.ts'

const directory = new Interface(abi)

export interface Sealed {
  readonly bytes: Uint8Array
  readonly cid: Uint8Array
  readonly digest: Uint8Array
  readonly header: SealedHeader
}

export interface SealOptions extends Partial<SealedHeader> {
  /** A multiple of 64. */
  readonly ciphertextBytes?: number
  readonly signer?: Signer
}

/** A device that seals random bytes: the hospital cannot tell. */
export class TestDevice {
  readonly signer: Signer
  readonly incarnation = toHex(randomBytes(8)) as string as Incarnation
  readonly #realm: Realm
  readonly #digest: ReturnType<typeof sealedDigester>
  #sequence = 0
  #last: Sealed | undefined

  constructor(realm: Realm, signer: Signer = keySigner(randomBytes(32))) {
    this.signer = signer
    this.#realm = realm
    this.#digest = sealedDigester(realm)
  }

  get address(): Address {
    return this.signer.address
  }

  /** The next batch of its chain. */
  seal(options: SealOptions = {}): Sealed {
    const prev = this.#last?.cid
    this.#last = this.sealAt(++this.#sequence, prev, options)
    return this.#last
  }

  sealAt(sequence: number, prev: Uint8Array | undefined, options: SealOptions = {}): Sealed {
    const { ciphertextBytes = 320, signer = this.signer, ...changes } = options
    const to = changes.to ?? (Date.now() as UnixMs)
    const header: SealedHeader = {
      device: this.address,
      label: formatLabel({ category: 'vitals', month: monthOf(to), generation: 0 }),
      incarnation: this.incarnation,
      sequence,
      prev,
      from: (to - 60_000) as UnixMs,
      to,
      isDated: true,
      priority: 'vitals',
      capsule: randomBytes(CAPSULE_BYTES),
      wrappedKey: randomBytes(WRAPPED_KEY_BYTES),
      ...changes,
    }
    const ciphertext = randomBytes(ciphertextBytes)
    const bytes = encodeSealed({
      ...header,
      ciphertext,
      signature: signer.sign(this.#digest(header, ciphertext)),
    })
    const cid = cidOf(bytes)
    return { bytes, cid, digest: digestOfCid(cid), header }
  }

  /** An encoded, signed question. */
  ask(
    changes: Partial<{ from: number; to: number; labelSerial: number; signer: Signer; device: Address }> = {},
  ) {
    const { signer = this.signer, ...fields } = changes
    const question = {
      device: this.address,
      incarnation: this.incarnation,
      from: 1,
      to: this.#sequence,
      labelSerial: 0,
      headSequence: this.#sequence,
      head: (this.#last === undefined ? `0x${'00'.repeat(32)}` : toHex(this.#last.digest)) as string as Hex32,
      spoolBytes: 0,
      at: Date.now() as UnixMs,
      ...fields,
    }
    return encodeQuestion(signQuestion(this.#realm, question, signer))
  }

  token(hospital: Address, clientId: string, nonce: string): string {
    return signDeviceToken({ device: this.address, hospital, clientId, nonce }, this.signer)
  }
}

export const labelOf = (at: number): Label =>
  formatLabel({ category: 'vitals', month: monthOf(at as UnixMs), generation: 0 })

/** Register a patient and bind `devices` to it, on the chain. */
export async function bind({ realm, accounts }: Hospital, devices: readonly TestDevice[]) {
  const patient = keySigner(randomBytes(32))
  const deadline = Math.floor(Date.now() / 1_000) + 3_600
  const once = () => ({ nonce: BigInt(toHex(randomBytes(32))), deadline })
  const registration = { patient: patient.address, ...once() }
  const signed = (signature: Uint8Array) => toContractSignature(signature)
  await send('registerPatient', [
    registration.patient,
    registration.nonce,
    deadline,
    signed(patient.sign(digestOf(realm, REGISTER_PATIENT, registration))),
  ])
  await Promise.all(
    devices.map(async ({ signer }) => {
      const binding = { device: signer.address, patient: patient.address, ...once() }
      const digest = digestOf(realm, BIND_DEVICE, binding)
      await send('bindDevice', [
        binding.device,
        binding.patient,
        binding.nonce,
        deadline,
        signed(signer.sign(digest)),
        signed(patient.sign(digest)),
      ])
    }),
  )
  return patient

  async function send(name: string, args: readonly unknown[]) {
    const data = directory.encodeFunctionData(name, args) as Hex
    await accounts.relay.send({ to: realm.directory, data, gasLimit: 400_000 })
  }
}

/** Suspend a device on the chain, signed by its patient. */
export async function suspend(
  { realm, accounts, directory: view }: Hospital,
  patient: Signer,
  device: TestDevice,
  lastSequence: number,
  incarnation = device.incarnation,
): Promise<void> {
  const message: SuspendDevice = {
    device: device.address,
    patient: patient.address,
    incarnation,
    lastSequence,
    nonce: BigInt(toHex(randomBytes(32))),
    deadline: Math.floor(Date.now() / 1_000) + 3_600,
  }
  const { nonce, deadline } = message
  const signature = toContractSignature(patient.sign(digestOf(realm, SUSPEND_DEVICE, message)))
  const args = [message.device, message.patient, incarnation, lastSequence, nonce, deadline, signature]
  const data = directory.encodeFunctionData('suspendDevice', args) as Hex
  await accounts.relay.send({ to: realm.directory, data, gasLimit: 400_000 })
  await view.refresh()
}
