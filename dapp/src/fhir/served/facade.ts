import { observationsOf } from '@hygeia/protocol/fhir/observation'
import { inBundle, onServer } from '@hygeia/protocol/fhir/pseudonym'
import type { CodeableConcept, Resource } from '@hygeia/protocol/fhir/resources'
import type { Receipt } from '@hygeia/protocol/receipt/receipt'
import type { UnixMs } from '@hygeia/protocol/units'
import { exportedOf } from '../../output/fhir.ts'
import { instantOf } from '../concepts.ts'
import { provenanceOf } from '../provenance.ts'
import { FhirRefusal, outcome } from './outcome.ts'
import { type Cursor, cursorText, parseQuery, type Query, type ServedType, TYPES } from './query.ts'
import { type Found, isAny, orderOf, readingNamed, readingsIn } from './readings.ts'
import type { Held, Store } from './store.ts'

export interface FacadeDeps {
  /** Where it is reached, without a slash at its end. */
  readonly base: () => string
  readonly store: Store
  /** What proves a batch; undefined when it is not anchored yet. */
  readonly receiptOf: (cid: string) => Promise<Receipt | undefined>
  readonly now: () => UnixMs
  /** What whoever searches should know: that the cache is old, or begins late. */
  readonly notices: () => readonly string[]
}

type Served = Resource & { readonly meta: { readonly lastUpdated: string } }

/** Read and search, as FHIR R4 has them, over what is in the store. Knows no HTTP. */
export class Facade {
  readonly #deps: FacadeDeps

  constructor(deps: FacadeDeps) {
    this.#deps = deps
  }

  /** @throws {FhirRefusal} `not-found` */
  async read(type: string, id: string): Promise<Served> {
    const known = typeNamed(type)
    const found = await this.#find(known, id)
    if (found === undefined) {
      throw new FhirRefusal(
        'not-found',
        `no ${known}/${id} is held here: it may be older than the cache, or revoked`,
      )
    }
    return servedOf(found)
  }

  /** A page of a search, as a Bundle of type `searchset` with a link to the next. @throws {FhirRefusal} */
  async search(type: string, search: URLSearchParams): Promise<object> {
    const known = typeNamed(type)
    const query = parseQuery(known, search)
    const matches: Found<Resource>[] = []
    let last: Cursor | undefined
    let next: Cursor | undefined
    const order = orderOf(query.isOldestFirst ? 1 : -1)
    for await (const found of this.#all(known, query)) {
      if (query.after !== undefined && order(found, atCursor(query.after)) <= 0) continue
      if (matches.length === query.count) {
        next = last
        break
      }
      matches.push(found)
      last = [found.at, found.resource.id]
    }
    return this.#page(known, search, matches, next)
  }

  #page(
    type: ServedType,
    search: URLSearchParams,
    matches: readonly Found<Resource>[],
    next: Cursor | undefined,
  ) {
    const { base, now, notices } = this.#deps
    const self = `${base()}/${type}`
    const following = new URLSearchParams(search)
    if (next !== undefined) following.set('_cursor', cursorText(next))
    const link = [
      { relation: 'self', url: search.size === 0 ? self : `${self}?${search}` },
      ...(next === undefined ? [] : [{ relation: 'next', url: `${self}?${following}` }]),
    ]
    const told = notices().map((notice) => ({
      fullUrl: inBundle(`OperationOutcome/${notice}`),
      resource: outcome('warning', 'incomplete', notice),
      search: { mode: 'outcome' },
    }))
    const found = matches.map((match) => ({
      fullUrl: `${self}/${match.resource.id}`,
      resource: servedOf(match),
      search: { mode: 'match' },
    }))
    const entry = [...found, ...told]
    return {
      resourceType: 'Bundle',
      type: 'searchset',
      timestamp: instantOf(now()),
      link,
      ...(entry.length === 0 ? {} : { entry }),
    }
  }

  async #find(type: ServedType, id: string): Promise<Found<Resource> | undefined> {
    const { store } = this.#deps
    if (type === 'Observation') return readingNamed(store, id)
    if (type === 'Provenance') {
      const held = store.batchNamed(id)
      return held === undefined ? undefined : this.#provenance(held)
    }
    const kept = store.one(type, id)
    return kept === undefined ? undefined : { ...kept, at: timeIn(kept.resource) }
  }

  async *#all(type: ServedType, query: Query): AsyncGenerator<Found<Resource>> {
    const { store } = this.#deps
    if (type === 'Observation') return yield* readingsIn(store, query)
    if (type === 'Provenance') return yield* await this.#provenances(query)
    const found = [...store.listed(type)].map((kept) => ({ ...kept, at: timeIn(kept.resource) }))
    yield* found.filter((one) => fits(type, one, query)).sort(orderOf(query.isOldestFirst ? 1 : -1))
  }

  async #provenances({ references, ids }: Query): Promise<readonly Found<Resource>[]> {
    const targets = (references.get('target') ?? []).map((list) => list.map((id) => id.split('-')[0] ?? ''))
    const [first] = targets.length > 0 ? targets : [ids ?? []]
    if (targets.length === 0 && ids === undefined) {
      throw new FhirRefusal('not-supported', 'name what it is of: Provenance?target=Observation/ID')
    }
    const wanted = [...new Set(first)].filter((prefix) => targets.every((list) => list.includes(prefix)))
    const held = wanted
      .map((prefix) => this.#deps.store.batchNamed(prefix))
      .filter((one) => one !== undefined)
    const found = await Promise.all(held.map((one) => this.#provenance(one)))
    return found.sort(orderOf(-1))
  }

  async #provenance({ opened, prefix, updatedAt }: Held): Promise<Found<Resource>> {
    const receipt = await this.#deps.receiptOf(opened.cid)
    const targets = Array.from(observationsOf(exportedOf(opened), onServer), ({ id }) => id)
    const resource = provenanceOf({ ...opened, receipt }, { prefix, targets }, onServer)
    return { resource, at: Date.parse(resource.recorded), updatedAt }
  }
}

function typeNamed(name: string): ServedType {
  const type = TYPES.find((known) => known === name)
  if (type === undefined)
    throw new FhirRefusal('not-found', `no ${name} is served here: ${TYPES.join(', ')} are`)
  return type
}

function servedOf({ resource, updatedAt }: Found<Resource & { readonly meta?: object }>): Served {
  return { ...resource, meta: { ...resource.meta, lastUpdated: instantOf(updatedAt) } }
}

function atCursor([at, id]: Cursor): Found<{ readonly id: string }> {
  return { resource: { id }, at, updatedAt: 0 }
}

/** The fields that searches over lists look at. */
type Loose = Resource & {
  readonly recorded?: string
  readonly status?: string
  readonly identifier?: readonly { readonly system: string; readonly value: string }[]
  readonly patient?: { readonly reference: string }
  readonly entity?: readonly { readonly what: { readonly reference?: string } }[]
}

function timeIn(resource: Loose): number {
  return resource.recorded === undefined ? 0 : Date.parse(resource.recorded)
}

function fits(type: ServedType, { resource, at, updatedAt }: Found<Loose>, query: Query): boolean {
  const { tokens, references, dates, updated, ids } = query
  const patient = type === 'AuditEvent' ? resource.entity?.[0]?.what.reference : resource.patient?.reference
  const identifiers: CodeableConcept = {
    coding: (resource.identifier ?? []).map(({ system, value }) => ({ system, code: value })),
  }
  const status: CodeableConcept = { coding: [{ system: '', code: resource.status ?? '' }] }
  const isPatientAsked = (references.get('patient') ?? []).every((wanted) =>
    wanted.some((id) => patient === `Patient/${id}`),
  )
  return (
    isPatientAsked &&
    (ids === undefined || ids.includes(resource.id)) &&
    (tokens.get('identifier') ?? []).every((wanted) => isAny(identifiers, wanted)) &&
    (tokens.get('status') ?? []).every((wanted) => isAny(status, wanted)) &&
    dates.every((test) => test.fits({ from: at, to: at })) &&
    updated.every((test) => test.fits({ from: updatedAt, to: updatedAt }))
  )
}
