import { decodeCbor, encodeCbor } from '@hygeia/protocol/cbor'
import { FieldReader, rawOf } from '@hygeia/protocol/fields'
import type { Address, Hex32, Incarnation } from '@hygeia/protocol/ids'

/** A device as the chain binds it to a patient. */
export type DeviceEntry =
  | { readonly status: 'bound'; readonly patient: Address }
  /** `lastSequence` of `incarnation` is the last that still counts. */
  | {
      readonly status: 'suspended'
      readonly patient: Address
      readonly incarnation: Incarnation
      readonly lastSequence: number
    }

export interface PatientEntry {
  readonly status: 'registered'
}

export const PHYSICIAN_STATUS = ['registered', 'active', 'suspended'] as const
export interface PhysicianEntry {
  readonly status: (typeof PHYSICIAN_STATUS)[number]
  /** keccak256 of the physician's 33-byte Umbral key. */
  readonly keyDigest: Hex32
}

/** One line of the view, as it is kept. */
export type Entry =
  | { readonly kind: 'device'; readonly address: Address; readonly entry: DeviceEntry }
  | { readonly kind: 'patient'; readonly address: Address; readonly entry: PatientEntry }
  | { readonly kind: 'physician'; readonly address: Address; readonly entry: PhysicianEntry }

const ENTRY_LIMIT_BYTES = 256

/** Everybody that the Directory names. What changes it, returns what is to be written. */
export class People {
  readonly #devices = new Map<Address, DeviceEntry>()
  readonly #patients = new Map<Address, PatientEntry>()
  readonly #physicians = new Map<Address, PhysicianEntry>()
  readonly #devicesOf = new Map<Address, Set<Address>>()

  device = (address: Address) => this.#devices.get(address)
  patient = (address: Address) => this.#patients.get(address)
  physician = (address: Address) => this.#physicians.get(address)
  devicesOf = (patient: Address): readonly Address[] => [...(this.#devicesOf.get(patient) ?? [])]
  /** Devices that are bound at present, and the patient of each. */
  bound = (): ReadonlyMap<Address, Address> =>
    new Map(
      this.#devices
        .entries()
        .filter(([, { status }]) => status === 'bound')
        .map(([device, { patient }]) => [device, patient]),
    )
  physicians = (): ReadonlyMap<Address, PhysicianEntry> => this.#physicians

  get size(): number {
    return this.#devices.size + this.#patients.size + this.#physicians.size
  }

  apply(change: Entry): void {
    switch (change.kind) {
      case 'device': {
        this.#devices.set(change.address, change.entry)
        const devices = this.#devicesOf.get(change.entry.patient) ?? new Set()
        this.#devicesOf.set(change.entry.patient, devices.add(change.address))
        return
      }
      case 'patient':
        this.#patients.set(change.address, change.entry)
        return
      case 'physician':
        this.#physicians.set(change.address, change.entry)
    }
  }
}

export function encodeEntry({ kind, address, entry }: Entry): Uint8Array {
  if (kind === 'patient') return encodeCbor([kind, rawOf(address)])
  if (kind === 'physician') return encodeCbor([kind, rawOf(address), entry.status, rawOf(entry.keyDigest)])
  const end = entry.status === 'bound' ? null : [rawOf(entry.incarnation), entry.lastSequence]
  return encodeCbor([kind, rawOf(address), rawOf(entry.patient), end])
}

/** @throws {MalformedError} when it is no entry of this version */
export function decodeEntry(bytes: Uint8Array): Entry {
  const value = decodeCbor(bytes, 'directory entry', ENTRY_LIMIT_BYTES)
  const fields: FieldReader = new FieldReader(
    'directory entry',
    value,
    Array.isArray(value) ? value.length : 0,
  )
  const kind = fields.text(16)
  const address = fields.address()
  if (kind === 'patient') return { kind, address, entry: { status: 'registered' } }
  if (kind === 'physician') {
    const text = fields.text(16)
    const status = PHYSICIAN_STATUS.find((known) => known === text)
    if (status === undefined) fields.fail('unknown status')
    return { kind, address, entry: { status, keyDigest: fields.hex32() } }
  }
  if (kind !== 'device') fields.fail('unknown kind')
  const patient = fields.address()
  const end = fields.orNull((reader) => {
    const parts = new FieldReader('suspension', reader.any(), 2)
    return { incarnation: parts.incarnation(), lastSequence: parts.uint() }
  })
  const entry: DeviceEntry =
    end === undefined ? { status: 'bound', patient } : { status: 'suspended', patient, ...end }
  return { kind, address, entry }
}
