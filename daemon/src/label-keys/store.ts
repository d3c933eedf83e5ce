import { MalformedError } from '@hygeia/protocol/errors'
import type { Address } from '@hygeia/protocol/ids'
import type { Label } from '@hygeia/protocol/label'
import {
  areLabelKeysSigned,
  decodeLabelKeys,
  encodeLabelKeys,
  type SignedLabelKeys,
} from '@hygeia/protocol/label-keys/label-keys'
import type { Recover } from '@hygeia/protocol/signature'
import type { Realm } from '@hygeia/protocol/typed-data/domain'
import type { Service } from '@hygeia/runtime/lifecycle'
import type { Logger } from '@hygeia/runtime/log'
import { Disk, NOTHING, put } from '../store/disk.ts'
import { LabelKeysError } from './errors.ts'

export interface LabelKeyStoreOptions {
  readonly path: string
  readonly reserveBytes: number
}

export interface LabelKeyStoreDeps {
  readonly realm: Realm
  readonly recover: Recover
  /** Whom a device is bound to. */
  readonly patientOf: (device: Address) => Address | undefined
  readonly log: Logger
}

/** Answers kept in memory: what devices seal under now. */
const MEMORY_LIMIT = 16_384
const SMALL_BUFFER_BYTES = 512 * 1024

/** The newest label keys of each device, and every label that its patient ever signed a key for. */
export class LabelKeyStore implements Service {
  readonly #deps: LabelKeyStoreDeps
  readonly #disk: Disk
  readonly #known = new Map<string, true>()
  /** Devices of which no document is held. */
  readonly #without = new Map<string, true>()
  readonly #listeners = new Set<(keys: SignedLabelKeys) => void>()
  #putting: Promise<unknown> = Promise.resolve()
  #puts = 0

  constructor({ path, reserveBytes }: LabelKeyStoreOptions, deps: LabelKeyStoreDeps) {
    this.#deps = deps
    this.#disk = new Disk({ path, reserveBytes, bufferBytes: SMALL_BUFFER_BYTES }, { log: deps.log })
  }

  async start(): Promise<void> {
    await this.#disk.open()
  }

  async stop(): Promise<void> {
    await this.#putting.catch(() => {})
    await this.#disk.close()
  }

  /**
   * Keep a document that a patient signed for a device. The very document that is held already is taken again.
   *
   * @throws {LabelKeysError}
   */
  async put(keys: SignedLabelKeys): Promise<void> {
    this.#check(keys)
    // One after another: two with one serial must not both pass.
    const putting = this.#putting.catch(() => {}).then(() => this.#put(keys))
    this.#putting = putting
    await putting
  }

  async get(device: Address): Promise<SignedLabelKeys | undefined> {
    const value = await this.#disk.level.get(newestKey(device))
    return value === undefined ? undefined : decodeLabelKeys(value)
  }

  /**
   * Whether the patient ever signed a key for `label` on `device`: one that a newer document replaced counts too,
   * because batches sealed under it may still be on their way.
   *
   * @returns undefined when no document of the device is held; a promise only when the disk must be asked
   */
  knows(device: Address, label: Label): boolean | undefined | Promise<boolean | undefined> {
    if (this.#known.has(`${device}${label}`)) return true
    return this.#without.has(device) ? undefined : this.#look(device, label)
  }

  /** Call `listener` with every new document once it is on the disk. @returns ends it */
  onNew(listener: (keys: SignedLabelKeys) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  #check(keys: SignedLabelKeys): void {
    const { realm, recover, patientOf } = this.#deps
    const { device } = keys
    if (patientOf(device) !== keys.patient) {
      throw new LabelKeysError('not the patient of this device', { code: 'LABEL_KEYS_WRONG_PATIENT', device })
    }
    const refused = { code: 'LABEL_KEYS_BAD_SIGNATURE', device } as const
    try {
      if (areLabelKeysSigned(realm, keys, recover)) return
    } catch (cause) {
      if (!(cause instanceof MalformedError)) throw cause
      throw new LabelKeysError('not signed by the patient', refused, { cause })
    }
    throw new LabelKeysError('not signed by the patient', refused)
  }

  async #put(keys: SignedLabelKeys): Promise<void> {
    const { device, serial } = keys
    const bytes = encodeLabelKeys(keys)
    const held = await this.#disk.level.get(newestKey(device))
    if (held !== undefined) {
      if (Buffer.compare(held, bytes) === 0) return
      const heldSerial = decodeLabelKeys(held).serial
      if (serial <= heldSerial) {
        throw new LabelKeysError('not newer than what is held', {
          code: 'LABEL_KEYS_STALE',
          serial,
          heldSerial,
        })
      }
    }
    const labels = keys.keys.map(({ label }) => put(labelKey(device, label), NOTHING))
    await this.#disk.write([put(newestKey(device), bytes), ...labels], true)
    this.#puts++
    this.#without.delete(device)
    for (const listener of this.#listeners) listener(keys)
  }

  async #look(device: Address, label: Label): Promise<boolean | undefined> {
    const puts = this.#puts
    const [known, newest] = await this.#disk.level.hasMany([labelKey(device, label), newestKey(device)])
    if (known === true) remember(this.#known, `${device}${label}`)
    // A document may have been put while the disk was asked.
    else if (newest !== true && puts === this.#puts) remember(this.#without, device)
    return known === true ? true : newest === true ? false : undefined
  }
}

function remember(names: Map<string, true>, name: string): void {
  names.set(name, true)
  const [oldest] = names.keys()
  if (names.size > MEMORY_LIMIT && oldest !== undefined) names.delete(oldest)
}

const newestKey = (device: Address) => Buffer.from(`n${device}`)
const labelKey = (device: Address, label: Label) => Buffer.from(`l${device}${label}`)
