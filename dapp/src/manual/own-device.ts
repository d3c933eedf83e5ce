import { toColumns } from '@hygeia/protocol/batch/batch'
import { encodeBatch } from '@hygeia/protocol/batch/codec'
import { type RefusalReason, refusalSigner } from '@hygeia/protocol/device-link/refusal'
import { parseBootId, toHex } from '@hygeia/protocol/ids'
import { monthOf } from '@hygeia/protocol/label'
import { makeOffer } from '@hygeia/protocol/pairing/offer'
import { formatCid } from '@hygeia/protocol/sealed/cid'
import { DATA_KEY_BYTES } from '@hygeia/protocol/sealed/key'
import { sealBatch } from '@hygeia/protocol/sealed/seal'
import { sealedDigester } from '@hygeia/protocol/sealed/signing'
import type { Realm } from '@hygeia/protocol/typed-data/domain'
import { wrap } from '@hygeia/protocol/umbral/encrypt'
import { MINUTE_MS, type UnixMs } from '@hygeia/protocol/units'
import type { Clock } from '../clock.ts'
import { Receipts } from '../fhir/receipts.ts'
import { isAway } from '../hospital/errors.ts'
import type { Place } from '../hospital/place.ts'
import { labelKey, learnLabelKeys, renewLabelKeys, sealingMonths } from '../patient/label-keys.ts'
import { bindOffered, enrolmentOf } from '../patient/pair.ts'
import type { Patient } from '../patient/patient.ts'
import { randomBytes } from '../random.ts'
import { recoverSigner } from '../recover.ts'
import { type ManualEntry, samplesOf } from './entry.ts'
import { ManualError } from './errors.ts'
import { type Memory, type OwnDeviceStore, remember, WAITING_LIMIT, type WaitingBatch } from './memory.ts'

export interface OwnDeviceDeps extends Pick<Patient, 'identity' | 'state'> {
  readonly realm: Realm
  readonly clock: Clock
  /** Behind the patient's words. */
  readonly entropy: Uint8Array
  readonly store: OwnDeviceStore
  /** Needed to send, not to enter. @throws {HospitalError} while no hospital can be reached */
  readonly patient: () => Promise<Patient>
}

/** The own device of a patient who is at a hospital already. */
export function ownDeviceOf(patient: Patient, entropy: Uint8Array, store: OwnDeviceStore): OwnDevice {
  const { identity, state, hospital } = patient
  const { realm, client } = hospital
  const { clock } = client
  return new OwnDevice({ identity, state, realm, clock, entropy, store, patient: async () => patient })
}

/** What became of a batch that waited. */
export type Sent =
  /** On the chain, by a receipt that holds: forgotten here. */
  | { readonly cid: string; readonly state: 'anchored' }
  /** On a hospital's disk. */
  | { readonly cid: string; readonly state: 'taken' }
  /** No hospital can be reached, or all are busy: kept for the next time. */
  | { readonly cid: string; readonly state: 'waiting' }
  /** By the hospital's signed word it will never be taken: forgotten here. */
  | { readonly cid: string; readonly state: 'refused'; readonly reason: RefusalReason }

/** A clock may be a little ahead. */
const AHEAD_MS = MINUTE_MS

/**
 * The patient's browser, or command, as a device of the patient's own: it signs and seals what is entered by hand as a
 * device at the bedside does, and keeps it until its receipt is in hand.
 */
export class OwnDevice {
  readonly #deps: OwnDeviceDeps
  #receipts: Receipts | undefined
  #isReady = false

  constructor(deps: OwnDeviceDeps) {
    this.#deps = deps
  }

  /** What is kept until its receipt is in hand, oldest first. @throws {ManualError} `MEMORY_DAMAGED` */
  waiting(): Promise<readonly WaitingBatch[]> {
    const { entropy, store } = this.#deps
    return remember(store, entropy, (memory) => ({ memory, result: memory.waiting }))
  }

  /**
   * Seal an entry and keep it. Needs no hospital.
   *
   * @param at - when it was measured: from the beginning of last month (UTC) to now
   * @returns its CID
   * @throws {ManualError} `ENTRY_TIME`, `TOO_MANY_WAIT`, `MEMORY_DAMAGED`
   */
  enter(entry: ManualEntry, at: UnixMs): Promise<string> {
    const { clock, entropy, store } = this.#deps
    const now = clock.now()
    const [first] = sealingMonths(now)
    const from = Date.parse(`${first}-01T00:00:00Z`) as UnixMs
    if (at < from || at > now + AHEAD_MS) {
      throw new ManualError(`enter what was measured between ${new Date(from).toISOString()} and now`, {
        code: 'ENTRY_TIME',
        from,
      })
    }
    return remember(store, entropy, (memory) => {
      if (memory.waiting.length >= WAITING_LIMIT) {
        throw new ManualError('too much waits to be sent: connect to a hospital first', {
          code: 'TOO_MANY_WAIT',
          limit: WAITING_LIMIT,
        })
      }
      return this.#seal(memory, entry, at)
    })
  }

  /**
   * Send what waits, oldest first, and forget what is anchored. Pairs the device the first time.
   *
   * @throws {ManualError} `OWN_DEVICE_SUSPENDED`
   * @throws {HospitalError} when no hospital is there, or the chain cannot be asked whose device it is; nothing is lost
   */
  async send(): Promise<readonly Sent[]> {
    const { entropy, store } = this.#deps
    const waiting = await this.waiting()
    if (waiting.length === 0) return []
    const patient = await this.#deps.patient()
    await this.#pair(patient)
    const sent: Sent[] = []
    for (const batch of waiting) sent.push(await this.#sendOne(patient, batch))
    const outcomes = new Map(sent.map((one) => [one.cid, one.state]))
    await remember(store, entropy, (memory) => {
      const left = memory.waiting
        .filter(({ cid }) => !['anchored', 'refused'].includes(outcomes.get(cid) ?? ''))
        .map((one) => ({ ...one, isTaken: one.isTaken || outcomes.get(one.cid) === 'taken' }))
      return { memory: { ...memory, waiting: left }, result: undefined }
    })
    return sent
  }

  #seal(memory: Memory, entry: ManualEntry, at: UnixMs) {
    const { identity, state, realm } = this.#deps
    const signer = identity.ownDevice
    const label = state.generations.current('vitals', monthOf(at))
    const dataKey = randomBytes(DATA_KEY_BYTES)
    const { capsule, ciphertext: wrappedKey } = wrap(labelKey({ identity }, label).publicKey, dataKey)
    // Every entry knows its own time; nothing else ran since.
    const time = { boot: parseBootId(toHex(randomBytes(8))), offsetMs: at, steps: [] }
    const header = {
      device: signer.address,
      label,
      incarnation: memory.incarnation,
      sequence: memory.next,
      prev: memory.prev,
      from: at,
      to: at,
      isDated: true,
      priority: 'vitals' as const,
      capsule,
      wrappedKey,
    }
    const padded = encodeBatch({ time, columns: toColumns(samplesOf(entry)) })
    const digest = sealedDigester(realm)
    const { block, cid } = sealBatch(padded, header, dataKey, signer, digest)
    const name = formatCid(cid)
    const waiting = [...memory.waiting, { cid: name, block, isTaken: false }]
    return { memory: { ...memory, next: memory.next + 1, prev: cid, waiting }, result: name }
  }

  /** Bind the device once, and see that its label keys reach as far as this month. */
  async #pair(patient: Patient): Promise<void> {
    if (this.#isReady) return
    const { ownDevice } = patient.identity
    const { status } = await patient.hospital.directory.device(ownDevice.address)
    if (status === 'suspended') {
      throw new ManualError('your own device was suspended: what you enter would count for nothing', {
        code: 'OWN_DEVICE_SUSPENDED',
      })
    }
    if (status === 'unknown') {
      // Both sides of this pairing are here: there are no words to compare, and nothing to leave in a mailbox.
      const enrolment = enrolmentOf(patient)
      await bindOffered(patient, enrolment, makeOffer(enrolment, ownDevice))
    } else {
      const month = monthOf(patient.hospital.client.clock.now())
      const current = patient.state.generations.current('vitals', month)
      const held = await learnLabelKeys(patient, ownDevice.address)
      if (held?.keys.some(({ label }) => label === current) !== true) {
        await renewLabelKeys(patient, [ownDevice.address])
      }
    }
    this.#isReady = true
  }

  async #sendOne(patient: Patient, { cid, block, isTaken }: WaitingBatch): Promise<Sent> {
    this.#receipts ??= new Receipts(patient.hospital)
    const receipt = isTaken ? await this.#receipts.of(cid).catch(unlessAway) : undefined
    if (receipt !== undefined) return { cid, state: 'anchored' }
    // Taken before, and no receipt yet: it does no harm to say it again, and a hospital that lost it takes it anew.
    for (const place of patient.hospitals) {
      const state = await this.#giveTo(place, cid, block)
      if (state !== undefined) return state
    }
    return { cid, state: isTaken ? 'taken' : 'waiting' }
  }

  /** @returns undefined when another hospital is to be asked */
  async #giveTo({ account, hospital }: Place, cid: string, block: Uint8Array): Promise<Sent | undefined> {
    const answers = await account.giveBatch(block).catch(unlessAway)
    if (answers === undefined) return undefined
    for (const answer of answers) {
      if (answer.kind === 'busy') return undefined
      if (answer.kind !== 'refused') continue
      const { refusal } = answer
      const isSigned = refusalSigner(hospital.realm, refusal, recoverSigner) === hospital.receiptKey
      // Anybody could say no; only what the hospital signs is forgotten for.
      return isSigned ? { cid, state: 'refused', reason: refusal.reason } : undefined
    }
    return { cid, state: 'taken' }
  }
}

/** Nobody is there: another is asked, or the same later. */
function unlessAway(cause: unknown): undefined {
  if (!isAway(cause)) throw cause
}
