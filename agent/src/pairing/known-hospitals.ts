import { createHash, X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import {
  areDeviceHospitalsSigned,
  decodeDeviceHospitals,
  encodeDeviceHospitals,
  type SignedDeviceHospitals,
} from '@hygeia/protocol/device-hospitals/device-hospitals'
import { fromHex, toHex } from '@hygeia/protocol/ids'
import type { EnrolmentHospital } from '@hygeia/protocol/pairing/enrolment'
import { recoverAddress } from '@hygeia/protocol/signature'
import { isAbort } from '@hygeia/runtime/abort'
import { writeAtomic } from '@hygeia/runtime/atomic-write'
import { Backoff } from '@hygeia/runtime/backoff'
import { type Clock, sleep } from '@hygeia/runtime/clock'
import { parseConfig } from '@hygeia/runtime/config-file'
import type { Logger } from '@hygeia/runtime/log'
import * as z from 'zod'
import { type PairingRecord, type PinnedHospital, StoredHospital } from '../hospital/pairing-record.ts'
import { pinHospital } from './trust.ts'

export interface KnownHospitalsDeps {
  readonly pairing: PairingRecord
  readonly clock: Clock
  readonly log: Logger
}

export interface KnownHospitalsUse {
  /** Whether the clock is not right yet, so that dates in certificates say nothing. */
  readonly ignoresDates: () => boolean
  /** Told whenever there are others than before, or in another order. */
  readonly onChange: () => void
}

/** Why a list of hospitals was not taken. */
export type HospitalsFault = 'OTHER_DEVICE' | 'OTHER_PATIENT' | 'STALE_SERIAL' | 'BAD_SIGNATURE'

const Stored = z.strictObject({
  version: z.literal(1),
  /** The list as its patient signed it. */
  list: z.string().regex(/^0x([0-9a-f]{2})+$/),
  pinned: z.array(StoredHospital),
})

const RETRY = { firstMs: 1_000, limitMs: 300_000 }

/**
 * The hospitals that this device may send to: those of its pairing, until its patient signs a list.
 *
 * A hospital of the list is pinned as at pairing, by its certificate's hash, as soon as it can be reached; until then
 * it is not sent to. A device is never left without any: the ones before stay until one of the list is pinned.
 */
export class KnownHospitals {
  readonly #path: string
  readonly #deps: KnownHospitalsDeps
  readonly #abort = new AbortController()
  #list: SignedDeviceHospitals | undefined
  #pinned: readonly PinnedHospital[]
  #hospitals: readonly PinnedHospital[]
  #use: KnownHospitalsUse | undefined
  #pinning: Promise<void> | undefined

  private constructor(
    path: string,
    deps: KnownHospitalsDeps,
    { list, pinned }: { readonly list?: SignedDeviceHospitals; readonly pinned: readonly PinnedHospital[] },
  ) {
    this.#path = path
    this.#deps = deps
    this.#list = list
    this.#pinned = [...pinned, ...deps.pairing.hospitals]
    this.#hospitals = deps.pairing.hospitals
    this.#sort()
  }

  static async open(path: string, deps: KnownHospitalsDeps): Promise<KnownHospitals> {
    return new KnownHospitals(path, deps, await readStored(path, deps))
  }

  /** At least one, the preferred first. */
  get hospitals(): readonly PinnedHospital[] {
    return this.#hospitals
  }

  /** Of the newest list; 0 when there is none. */
  get serial(): number {
    return this.#list?.serial ?? 0
  }

  /** Begin to look for hospitals of the list that are not pinned yet. */
  start(use: KnownHospitalsUse): void {
    this.#use = use
    this.#lookForMissing(use)
  }

  #lookForMissing(use: KnownHospitalsUse): void {
    this.#pinning ??= this.#pin(use, this.#abort.signal)
      .catch((cause: unknown) => {
        if (!isAbort(cause)) throw cause
      })
      .finally(() => {
        this.#pinning = undefined
      })
  }

  async stop(): Promise<void> {
    this.#abort.abort()
    await this.#pinning
  }

  /** Take a newer list. @returns why not, or undefined once it is on the disk */
  async offer(list: SignedDeviceHospitals): Promise<HospitalsFault | undefined> {
    const fault = this.#faultOf(list)
    if (fault !== undefined) return fault
    const before = this.#list
    this.#list = list
    try {
      await this.#write()
    } catch (cause) {
      this.#list = before
      throw cause
    }
    this.#changed()
    if (this.#use !== undefined) this.#lookForMissing(this.#use)
    return undefined
  }

  #faultOf(list: SignedDeviceHospitals): HospitalsFault | undefined {
    // Cheapest first: an old serial comes with every answer that was asked twice.
    return list.serial <= this.serial ? 'STALE_SERIAL' : faultOf(list, this.#deps.pairing)
  }

  async #pin({ ignoresDates }: KnownHospitalsUse, signal: AbortSignal): Promise<void> {
    const { clock, log, pairing } = this.#deps
    const backoff = new Backoff(RETRY)
    for (let missing = this.#missing(); missing.length > 0; missing = this.#missing()) {
      for (const named of missing) {
        try {
          const pinned = await pinHospital(pairing, named, { ignoresDates: ignoresDates() }, signal)
          this.#pinned = [pinned, ...this.#pinned]
          await this.#write()
          log.info({ hospital: new URL(named.api).host }, 'another hospital is known')
          this.#changed()
        } catch (cause) {
          signal.throwIfAborted()
          const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
          log.info({ hospital: new URL(named.api).host, code }, 'a hospital of the list cannot be pinned yet')
        }
      }
      if (this.#missing().length > 0) await sleep(clock, backoff.nextMs(), signal)
    }
  }

  #missing(): readonly EnrolmentHospital[] {
    return (this.#list?.hospitals ?? []).filter((named) => this.#pinnedAs(named) === undefined)
  }

  #pinnedAs(named: EnrolmentHospital): PinnedHospital | undefined {
    return this.#pinned.find((pinned) => isAs(pinned, named))
  }

  #changed(): void {
    const before = this.#hospitals
    this.#sort()
    const isSame =
      before.length === this.#hospitals.length && before.every((one, index) => one === this.#hospitals[index])
    if (!isSame) this.#use?.onChange()
  }

  #sort(): void {
    const listed = (this.#list?.hospitals ?? []).flatMap((named) => this.#pinnedAs(named) ?? [])
    if (listed.length > 0) this.#hospitals = listed
  }

  async #write(): Promise<void> {
    if (this.#list === undefined) return
    const stored: z.input<typeof Stored> = {
      version: 1,
      list: toHex(encodeDeviceHospitals(this.#list)),
      pinned: this.#list.hospitals.flatMap((named) => this.#pinnedAs(named) ?? []),
    }
    await writeAtomic(this.#path, `${JSON.stringify(stored, undefined, 2)}\n`)
  }
}

function isAs({ hospital, receiptKey, api, ca }: PinnedHospital, named: EnrolmentHospital): boolean {
  if (hospital !== named.hospital || receiptKey !== named.receiptKey || api !== named.api) return false
  return toHex(createHash('sha256').update(new X509Certificate(ca).raw).digest()) === named.caHash
}

function faultOf(
  list: SignedDeviceHospitals,
  { realm, patient, device }: PairingRecord,
): HospitalsFault | undefined {
  if (list.device !== device) return 'OTHER_DEVICE'
  if (list.patient !== patient) return 'OTHER_PATIENT'
  try {
    return areDeviceHospitalsSigned(realm, list, recoverAddress) ? undefined : 'BAD_SIGNATURE'
  } catch {
    return 'BAD_SIGNATURE'
  }
}

async function readStored(path: string, { pairing, log }: KnownHospitalsDeps) {
  const nothing = { pinned: [] }
  try {
    const text = await readFile(path, 'utf8')
    const { list: encoded, pinned } = parseConfig(path, text, Stored)
    const list = decodeDeviceHospitals(fromHex(encoded))
    if (faultOf(list, pairing) !== undefined) return nothing
    return { list, pinned }
  } catch (cause) {
    // Hospitals hand out the newest list to whoever has none.
    const isMissing = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT'
    if (!isMissing) log.warn({ path }, 'the list of hospitals cannot be read')
    return nothing
  }
}
