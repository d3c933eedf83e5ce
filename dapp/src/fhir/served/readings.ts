import { channelNamed } from '@hygeia/protocol/channel'
import { isPressure } from '@hygeia/protocol/fhir/blood-pressure'
import { BLOOD_PRESSURE, categoryOf, codeOf } from '@hygeia/protocol/fhir/codes'
import { observationsOf } from '@hygeia/protocol/fhir/observation'
import { accountId, onServer } from '@hygeia/protocol/fhir/pseudonym'
import type { CodeableConcept, Observation } from '@hygeia/protocol/fhir/resources'
import { exportedOf } from '../../output/fhir.ts'
import type { Range } from './date.ts'
import type { Query, Token } from './query.ts'
import type { Held, Store } from './store.ts'

/** Something that was found, and where it stands in the order of a search. */
export interface Found<R> {
  readonly resource: R
  readonly at: number
  readonly updatedAt: number
}

/** Whether a concept is one of those asked for. */
export function isAny(concept: CodeableConcept, tokens: readonly Token[]): boolean {
  const codings = concept.coding ?? []
  return tokens.some(({ system, code }) =>
    codings.some(
      (coding) => (system === undefined || coding.system === system) && (code === '' || coding.code === code),
    ),
  )
}

/**
 * Observations that fit a search, newest first or oldest first, made as they are taken: some batches' worth are in
 * memory at a time. Batches of several devices and categories overlap, so that what was made waits until nothing that
 * is still to come can stand before it.
 */
export function* readingsIn(store: Store, query: Query): Generator<Found<Observation>> {
  const sign = query.isOldestFirst ? 1 : -1
  const edge = ({ hull }: Held) => (query.isOldestFirst ? hull.from : hull.to)
  const batches = [...store.batches].filter((held) => couldHold(held, query))
  batches.sort((one, other) => sign * (edge(one) - edge(other)))
  let waiting: Found<Observation>[] = []
  for (const held of batches) {
    const limit = edge(held)
    const ready = waiting.filter(({ at }) => sign * (at - limit) < 0)
    if (ready.length > 0) waiting = waiting.filter(({ at }) => sign * (at - limit) >= 0)
    yield* ready
    for (const found of fitting(held, query)) waiting.push(found)
    waiting.sort(orderOf(sign))
  }
  yield* waiting
}

/** Order of a search: by time, and of one instant by id. @param sign - 1 for the oldest first, −1 for the newest */
export function orderOf(sign: number) {
  return (one: Found<{ readonly id: string }>, other: Found<{ readonly id: string }>): number =>
    sign * (one.at - other.at) || compare(one.resource.id, other.resource.id)
}

function compare(one: string, other: string): number {
  if (one === other) return 0
  return one < other ? -1 : 1
}

/** One Observation by its id. */
export function readingNamed(store: Store, id: string): Found<Observation> | undefined {
  const held = store.batchNamed(id.split('-')[0] ?? '')
  if (held === undefined) return undefined
  for (const resource of observationsOf(exportedOf(held.opened), onServer)) {
    if (resource.id === id) return { resource, at: timeOf(resource).from, updatedAt: held.updatedAt }
  }
  return undefined
}

/** Cheap looks at a batch as a whole, before anything is made of it. */
function couldHold({ hull, opened, updatedAt, prefix }: Held, query: Query): boolean {
  const { references, after, isOldestFirst, ids } = query
  const owner = accountId(opened.patient)
  const isAsked = (name: string, id: string) =>
    (references.get(name) ?? []).every((wanted) => wanted.includes(id))
  if (!isAsked('patient', owner) || !isAsked('subject', owner)) return false
  if (!isAsked('device', accountId(opened.header.device))) return false
  if (ids !== undefined && !ids.some((id) => id.startsWith(prefix))) return false
  if (!query.updated.every((test) => test.fits({ from: updatedAt, to: updatedAt }))) return false
  if (after !== undefined && (isOldestFirst ? hull.to < after[0] : hull.from > after[0])) return false
  return query.dates.every((test) => test.couldFit(hull))
}

function* fitting({ opened, updatedAt }: Held, query: Query): Generator<Found<Observation>> {
  const { batch } = opened
  const columns = batch.columns.filter(({ channel }) => isChannelAsked(channel, query))
  if (columns.length === 0) return
  const exported = exportedOf({ ...opened, batch: { ...batch, columns } })
  for (const resource of observationsOf(exported, onServer)) {
    const range = timeOf(resource)
    if (query.ids !== undefined && !query.ids.includes(resource.id)) continue
    if (query.dates.every((test) => test.fits(range))) yield { resource, at: range.from, updatedAt }
  }
}

function isChannelAsked(name: Parameters<typeof channelNamed>[0], { tokens }: Query): boolean {
  const channel = channelNamed(name)
  const code = isPressure(channel) ? BLOOD_PRESSURE : codeOf(channel)
  const categories = categoryOf(channel).category ?? []
  return (
    (tokens.get('code') ?? []).every((wanted) => isAny(code, wanted)) &&
    (tokens.get('category') ?? []).every((wanted) => categories.some((category) => isAny(category, wanted)))
  )
}

function timeOf({ effectiveDateTime, effectivePeriod }: Observation): Range {
  const from = Date.parse(effectiveDateTime ?? effectivePeriod?.start ?? '')
  return { from, to: effectivePeriod === undefined ? from : Date.parse(effectivePeriod.end) }
}
