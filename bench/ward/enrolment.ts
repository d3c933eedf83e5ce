import { setTimeout as delay } from 'node:timers/promises'
import { once, signStatement } from '@hygeia/dapp/hospital/statement'
import { type Patient, registerPatient } from '@hygeia/dapp/patient/patient'
import { keyDigest } from '@hygeia/protocol/grant/physician-key'
import type { LabelKey } from '@hygeia/protocol/label-keys/label-keys'
import { REGISTER_PATIENT, REGISTER_PHYSICIAN } from '@hygeia/protocol/typed-data/chain'
import { newPatient, newPhysician } from '@hygeia/test/people'
import { nativeSigner } from '../fleet.ts'
import { bindDevice, giveLabelKeys, vitalsKeys } from './bind.ts'
import type { Ward, WardDevice } from './ward.ts'

/** Seconds from a signature to a final transaction, one number for each registration. */
export interface Registrations {
  readonly patient: readonly number[]
  readonly physician: readonly number[]
  readonly device: readonly number[]
}

/** Patients that own the devices: a hospital relays 30 statements of one account in a minute. */
const OWNERS = 5
/**
 * From one registration to the next of its kind. No divisor of the period, so that they begin at every phase of a
 * block; together 3.1 million gas a block, below what relays may use.
 */
const EVERY_MS = { device: 419, patient: 1_013, physician: 1_019 } as const

/** Registers whoever a measurement needs, at a steady pace, and times it. */
export class Enrolment {
  readonly #ward: Pick<Ward, 'known'>
  readonly #devices: WardDevice[] = []
  readonly #owners: Patient[] = []
  readonly #labelKeys = new Map<Patient, readonly LabelKey[]>()
  readonly registrations = { patient: [] as number[], physician: [] as number[], device: [] as number[] }

  constructor(ward: Pick<Ward, 'known'>) {
    this.#ward = ward
  }

  async devices(count: number, tell: (how: string) => void): Promise<readonly WardDevice[]> {
    if (this.#owners.length === 0) await this.#enrolOwners()
    const missing = count - this.#devices.length
    if (missing > 0) {
      const people = Math.ceil((missing * EVERY_MS.device) / EVERY_MS.physician)
      const { registrations } = this
      const told = () =>
        tell(
          `${registrations.device.length} devices, ${registrations.patient.length} patients, ${registrations.physician.length} physicians`,
        )
      await Promise.all([
        paced(missing, EVERY_MS.device, async (index) => {
          this.#devices.push(await this.#bindDevice(index))
          told()
        }),
        paced(people, EVERY_MS.patient, () => this.#registerPatient()),
        paced(people, EVERY_MS.physician, () => this.#registerPhysician()),
      ])
    }
    return this.#devices.slice(0, count)
  }

  async #enrolOwners(): Promise<void> {
    const owners = Array.from({ length: OWNERS }, () => newPatient(this.#ward.known))
    await Promise.all(owners.map(registerPatient))
    for (const owner of owners) {
      this.#labelKeys.set(owner, vitalsKeys(owner))
    }
    this.#owners.push(...owners)
  }

  async #registerPatient(): Promise<void> {
    const { known } = this.#ward
    const { identity } = newPatient(known)
    const began = performance.now()
    const message = { patient: identity.signer.address, ...once(known) }
    const signature = signStatement(identity, known, REGISTER_PATIENT, message)
    await known.client.relay({ kind: 'register-patient', message, signature })
    this.registrations.patient.push((performance.now() - began) / 1_000)
  }

  async #registerPhysician(): Promise<void> {
    const { known } = this.#ward
    const { identity } = newPhysician(known)
    const began = performance.now()
    const digest = keyDigest(identity.receivingKey)
    const message = { physician: identity.signer.address, keyDigest: digest, ...once(known) }
    const signature = signStatement(identity, known, REGISTER_PHYSICIAN, message)
    await known.client.relay({ kind: 'register-physician', message, signature })
    this.registrations.physician.push((performance.now() - began) / 1_000)
  }

  async #bindDevice(index: number): Promise<WardDevice> {
    const { known } = this.#ward
    const patient = this.#owners[index % OWNERS]
    if (patient === undefined) throw new Error('no owner')
    const began = performance.now()
    const key = await bindDevice(known, patient)
    this.registrations.device.push((performance.now() - began) / 1_000)
    const labelKeys = this.#labelKeys.get(patient) ?? []
    await giveLabelKeys(known, patient, nativeSigner(key).address, labelKeys)
    return { key, labelKeys, patient }
  }
}

/** Begin `count` pieces of work, one every `everyMs`, whether the ones before have ended or not. */
async function paced(count: number, everyMs: number, work: (index: number) => Promise<void>): Promise<void> {
  const began = performance.now()
  const underway: Promise<void>[] = []
  for (let index = 0; index < count; index++) {
    await delay(Math.max(0, began + index * everyMs - performance.now()))
    underway.push(work(index))
  }
  await Promise.all(underway)
}
