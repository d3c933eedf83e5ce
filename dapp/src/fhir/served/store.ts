import { deviceOf, patientOf } from '@hygeia/protocol/fhir/accounts'
import { observationPrefix } from '@hygeia/protocol/fhir/observation-id'
import { onServer } from '@hygeia/protocol/fhir/pseudonym'
import type { Resource } from '@hygeia/protocol/fhir/resources'
import type { Address, Hex32 } from '@hygeia/protocol/ids'
import type { UnixMs } from '@hygeia/protocol/units'
import { exportedOf } from '../../output/fhir.ts'
import { readingsOf } from '../../output/span.ts'
import type { OpenedBatch } from '../../physician/opening.ts'
import { type Audited, auditEventOf } from '../audit-event.ts'
import { consentOf, type StatedGrant } from '../consent.ts'
import type { Range } from './date.ts'
import type { ServedType } from './query.ts'

/** A batch in clear, as long as a grant allows it. */
export interface Held {
  readonly opened: OpenedBatch
  /** Of its Observations' ids. */
  readonly prefix: string
  /** Time of its first and last reading. */
  readonly hull: Range
  readonly updatedAt: UnixMs
  /** The grant that it was opened under. */
  readonly grant: Hex32
}

/** A resource, and when it was last changed here. */
export interface Kept {
  readonly resource: Resource & object
  readonly updatedAt: UnixMs
}

export interface StoreOptions {
  /** Readings held; beyond that the oldest batches go. About 50 bytes each. */
  readonly readingsLimit: number
}

const AUDIT_LIMIT = 10_000

/** All that the facade serves, in memory alone: it is gone when the process is. */
export class Store {
  readonly #readingsLimit: number
  readonly #batches = new Map<string, Held>()
  readonly #byPrefix = new Map<string, Held>()
  readonly #kept: Readonly<Record<'Patient' | 'Device' | 'Consent' | 'AuditEvent', Map<string, Kept>>> = {
    Patient: new Map(),
    Device: new Map(),
    Consent: new Map(),
    AuditEvent: new Map(),
  }
  /** When access under a grant ends, by the grant itself. */
  readonly #ends = new Map<Hex32, UnixMs>()
  #readings = 0
  #droppedBefore: number | undefined

  constructor({ readingsLimit }: StoreOptions) {
    this.#readingsLimit = readingsLimit
  }

  get readings(): number {
    return this.#readings
  }

  /** Readings before then were dropped for lack of room. */
  get droppedBefore(): number | undefined {
    return this.#droppedBefore
  }

  get batches(): Iterable<Held> {
    return this.#batches.values()
  }

  hasBatch(cid: string): boolean {
    return this.#batches.has(cid)
  }

  /** @param prefix - of an Observation's id, or a Provenance's id */
  batchNamed(prefix: string): Held | undefined {
    return this.#byPrefix.get(prefix)
  }

  listed(type: Exclude<ServedType, 'Observation' | 'Provenance'>): Iterable<Kept> {
    return this.#kept[type].values()
  }

  one(type: Exclude<ServedType, 'Observation' | 'Provenance'>, id: string): Kept | undefined {
    return this.#kept[type].get(id)
  }

  /** What is granted now: what no grant allows any more is forgotten, readings included. */
  putGrants(grants: readonly StatedGrant[], at: UnixMs): void {
    const active = new Set(grants.filter(({ state }) => state === 'active').map(({ hash }) => hash))
    this.#ends.clear()
    for (const { hash, grant } of grants) this.#ends.set(hash, grant.accessTo)
    for (const held of [...this.#batches.values()]) if (!active.has(held.grant)) this.#drop(held)
    this.#replace(
      'Consent',
      grants.map((grant) => consentOf(grant, onServer)),
      at,
    )
    const patients = new Set<Address>(grants.map(({ grant }) => grant.patient))
    this.#replace(
      'Patient',
      [...patients].map((patient) => patientOf(patient)),
      at,
    )
    const devices = new Map<Address, Address>()
    for (const { opened } of this.#batches.values()) devices.set(opened.header.device, opened.patient)
    this.#replace(
      'Device',
      [...devices].map(([device, patient]) => deviceOf(device, patient, onServer)),
      at,
    )
  }

  /** Forget what grants allowed until now: an end that is signed needs no hospital to say it again. */
  forgetEnded(now: UnixMs): void {
    for (const held of [...this.#batches.values()]) {
      if ((this.#ends.get(held.grant) ?? now) <= now) this.#drop(held)
    }
  }

  put(opened: OpenedBatch, grant: Hex32, at: UnixMs): void {
    const hull = hullOf(opened)
    if (hull === undefined || this.#batches.has(opened.cid)) return
    const held = { opened, prefix: observationPrefix(exportedOf(opened)), hull, updatedAt: at, grant }
    this.#batches.set(opened.cid, held)
    this.#byPrefix.set(held.prefix, held)
    this.#readings += readingsOf(opened)
    if (this.#readings > this.#readingsLimit) this.#makeRoom()
    const device = deviceOf(opened.header.device, opened.patient, onServer)
    const devices = this.#kept.Device
    if (!devices.has(device.id)) devices.set(device.id, { resource: device, updatedAt: at })
  }

  putAudit(audited: Audited, at: UnixMs): void {
    const resource = auditEventOf(audited, onServer)
    const events = this.#kept.AuditEvent
    events.set(resource.id, { resource, updatedAt: at })
    const [oldest] = events.keys()
    if (events.size > AUDIT_LIMIT && oldest !== undefined) events.delete(oldest)
  }

  #replace(type: 'Consent' | 'Patient' | 'Device', resources: readonly Resource[], at: UnixMs): void {
    const kept = this.#kept[type]
    const ids = new Set(resources.map(({ id }) => id))
    for (const id of [...kept.keys()]) if (!ids.has(id)) kept.delete(id)
    for (const resource of resources) {
      const before = kept.get(resource.id)
      const isSame = before !== undefined && JSON.stringify(before.resource) === JSON.stringify(resource)
      if (!isSame) kept.set(resource.id, { resource, updatedAt: at })
    }
  }

  /** A tenth at once: sorting is for many, not for one. */
  #makeRoom(): void {
    for (const held of [...this.#batches.values()].sort((one, other) => one.hull.to - other.hull.to)) {
      if (this.#readings <= this.#readingsLimit * 0.9) return
      this.#droppedBefore = Math.max(this.#droppedBefore ?? 0, held.hull.to)
      this.#drop(held)
    }
  }

  #drop(held: Held): void {
    if (!this.#batches.delete(held.opened.cid)) return
    this.#byPrefix.delete(held.prefix)
    this.#readings -= readingsOf(held.opened)
  }
}

function hullOf({ batch, offsetMs }: OpenedBatch): Range | undefined {
  let [from, to] = [Infinity, -Infinity]
  for (const { samples } of batch.columns) {
    from = Math.min(from, samples[0]?.at ?? from)
    to = Math.max(to, samples.at(-1)?.at ?? to)
  }
  return from > to ? undefined : { from: from + offsetMs, to: to + offsetMs }
}
