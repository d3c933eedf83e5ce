import type { Address } from '@hygeia/protocol/ids'
import type { Label } from '@hygeia/protocol/label'
import {
  areLabelKeysSigned,
  decodeLabelKeys,
  encodeLabelKeys,
  type SignedLabelKeys,
} from '@hygeia/protocol/label-keys/label-keys'
import type { Service } from '@hygeia/runtime/lifecycle'
import type { Logger } from '@hygeia/runtime/log'
import { Disk, NOTHING, put } from '../store/disk.ts'
import { type DocumentKind, PatientSigned, type PatientSignedDeps } from '../store/patient-signed.ts'
import { LabelKeysError } from './errors.ts'

export interface LabelKeyStoreOptions {
  readonly path: string
  readonly reserveBytes: number
}

export interface LabelKeyStoreDeps extends Omit<PatientSignedDeps, 'disk'> {
  readonly log: Logger
}

/** Answers kept in memory: what devices seal under now. */
const MEMORY_LIMIT = 16_384
const SMALL_BUFFER_BYTES = 512 * 1024

const newestKey = (device: Address) => Buffer.from(`n${device}`)
const labelKey = (device: Address, label: Label) => Buffer.from(`l${device}${label}`)

const KIND: DocumentKind<SignedLabelKeys> = {
  encode: encodeLabelKeys,
  decode: decodeLabelKeys,
  isSigned: areLabelKeysSigned,
  keyOf: newestKey,
  besides: ({ device, keys }) => keys.map(({ label }) => put(labelKey(device, label), NOTHING)),
  wrongPatient: (device) =>
    new LabelKeysError('not the patient of this device', { code: 'LABEL_KEYS_WRONG_PATIENT', device }),
  badSignature: (device, options) =>
    new LabelKeysError('not signed by the patient', { code: 'LABEL_KEYS_BAD_SIGNATURE', device }, options),
  stale: (serials) =>
    new LabelKeysError('not newer than what is held', { code: 'LABEL_KEYS_STALE', ...serials }),
}

/** The newest label keys of each device, and every label that its patient ever signed a key for. */
export class LabelKeyStore implements Service {
  readonly #disk: Disk
  readonly #documents: PatientSigned<SignedLabelKeys>
  readonly #known = new Map<string, true>()
  /** Devices of which no document is held. */
  readonly #without = new Map<string, true>()
  readonly #listeners = new Set<(keys: SignedLabelKeys) => void>()
  #puts = 0

  constructor({ path, reserveBytes }: LabelKeyStoreOptions, { log, ...deps }: LabelKeyStoreDeps) {
    this.#disk = new Disk({ path, reserveBytes, bufferBytes: SMALL_BUFFER_BYTES }, { log })
    this.#documents = new PatientSigned(KIND, { ...deps, disk: this.#disk })
  }

  async start(): Promise<void> {
    await this.#disk.open()
  }

  async stop(): Promise<void> {
    await this.#documents.settled()
    await this.#disk.close()
  }

  /**
   * Keep a document that a patient signed for a device. The very document that is held already is taken again.
   *
   * @throws {LabelKeysError}
   */
  async put(keys: SignedLabelKeys): Promise<void> {
    await this.#documents.put(keys, () => {
      this.#puts++
      this.#without.delete(keys.device)
      for (const listener of this.#listeners) listener(keys)
    })
  }

  async get(device: Address): Promise<SignedLabelKeys | undefined> {
    return await this.#documents.get(device)
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
