import { MalformedError } from '@hygeia/protocol/errors'
import type { Address } from '@hygeia/protocol/ids'
import type { Recover } from '@hygeia/protocol/signature'
import type { Realm } from '@hygeia/protocol/typed-data/domain'
import { type Disk, type Operation, put } from './disk.ts'

/** What a patient signs for one device; whatever has the highest serial counts. */
export interface PatientDocument {
  readonly device: Address
  readonly patient: Address
  readonly serial: number
}

/** One kind of such documents. */
export interface DocumentKind<D extends PatientDocument> {
  readonly encode: (document: D) => Uint8Array
  readonly decode: (bytes: Uint8Array) => D
  /** @throws {MalformedError} at a signature that is none */
  readonly isSigned: (realm: Realm, document: D, recover: Recover) => boolean
  readonly keyOf: (device: Address) => Uint8Array
  /** What is written together with a new document. */
  readonly besides?: (document: D) => readonly Operation[]
  readonly wrongPatient: (device: Address) => Error
  readonly badSignature: (device: Address, options: ErrorOptions) => Error
  readonly stale: (serials: { readonly serial: number; readonly heldSerial: number }) => Error
}

export interface PatientSignedDeps {
  readonly realm: Realm
  readonly recover: Recover
  /** Whom a device is bound to. */
  readonly patientOf: (device: Address) => Address | undefined
  readonly disk: Disk
}

/** The newest document of one kind for each device, on the disk before it counts. */
export class PatientSigned<D extends PatientDocument> {
  readonly #kind: DocumentKind<D>
  readonly #deps: PatientSignedDeps
  #putting: Promise<unknown> = Promise.resolve()

  constructor(kind: DocumentKind<D>, deps: PatientSignedDeps) {
    this.#kind = kind
    this.#deps = deps
  }

  /** Resolves when nothing is being put any more. */
  async settled(): Promise<void> {
    await this.#putting.catch(() => {})
  }

  /**
   * Keep a document. The very one that is held already is taken again.
   *
   * @param onNew - called when it is on the disk and was not before
   * @throws what the kind names
   */
  async put(document: D, onNew: () => void = () => {}): Promise<void> {
    this.#check(document)
    // One after another: two with one serial must not both pass.
    const putting = this.settled().then(() => this.#put(document, onNew))
    this.#putting = putting
    await putting
  }

  async get(device: Address): Promise<D | undefined> {
    const value = await this.#deps.disk.level.get(this.#kind.keyOf(device))
    return value === undefined ? undefined : this.#kind.decode(value)
  }

  #check(document: D): void {
    const { realm, recover, patientOf } = this.#deps
    const { isSigned, wrongPatient, badSignature } = this.#kind
    const { device, patient } = document
    if (patientOf(device) !== patient) throw wrongPatient(device)
    try {
      if (isSigned(realm, document, recover)) return
    } catch (cause) {
      if (!(cause instanceof MalformedError)) throw cause
      throw badSignature(device, { cause })
    }
    throw badSignature(device, {})
  }

  async #put(document: D, onNew: () => void): Promise<void> {
    const { encode, decode, keyOf, besides, stale } = this.#kind
    const { device, serial } = document
    const bytes = encode(document)
    const held = await this.#deps.disk.level.get(keyOf(device))
    if (held !== undefined) {
      if (Buffer.compare(held, bytes) === 0) return
      const { serial: heldSerial } = decode(held)
      if (serial <= heldSerial) throw stale({ serial, heldSerial })
    }
    await this.#deps.disk.write([put(keyOf(device), bytes), ...(besides?.(document) ?? [])], true)
    onNew()
  }
}
