import { z } from 'zod'
import { type DateTest, dateTest } from './date.ts'
import { FhirRefusal } from './outcome.ts'

export const TYPES = ['Observation', 'Patient', 'Device', 'Consent', 'AuditEvent', 'Provenance'] as const
export type ServedType = (typeof TYPES)[number]

type Kind = 'date' | 'token' | 'reference'

/** What each type can be searched by, besides `_id` and `_lastUpdated`. */
export const PARAMETERS: Readonly<Record<ServedType, Readonly<Record<string, Kind>>>> = {
  Observation: {
    patient: 'reference',
    subject: 'reference',
    device: 'reference',
    code: 'token',
    category: 'token',
    date: 'date',
  },
  Patient: { identifier: 'token' },
  Device: { identifier: 'token', patient: 'reference' },
  Consent: { identifier: 'token', patient: 'reference', status: 'token' },
  AuditEvent: { patient: 'reference', date: 'date' },
  Provenance: { target: 'reference' },
}

/** One of several values that a code may have. @see FHIR R4, search, "token" */
export interface Token {
  /** Any system when undefined; none when empty. */
  readonly system: string | undefined
  /** Any code of that system when empty. */
  readonly code: string
}

/** Where the page before ended: its last entry, in the order of the search. */
export const Cursor = z.tuple([z.number(), z.string().max(80)])
export type Cursor = z.infer<typeof Cursor>

/** A search, taken apart. All that is said must hold; of several values with commas, one. */
export interface Query {
  readonly dates: readonly DateTest[]
  readonly updated: readonly DateTest[]
  /** By parameter. */
  readonly tokens: ReadonlyMap<string, readonly (readonly Token[])[]>
  /** Ids by parameter, without their type. */
  readonly references: ReadonlyMap<string, readonly (readonly string[])[]>
  readonly ids: readonly string[] | undefined
  readonly isOldestFirst: boolean
  readonly count: number
  readonly after: Cursor | undefined
}

const COUNT = 100
export const COUNT_LIMIT = 1_000
const VALUES_LIMIT = 50
const TEXT_LIMIT = 2_000
const JSON_FORMATS = ['json', 'application/json', 'application/fhir+json', 'text/json']

/**
 * @throws {FhirRefusal} `not-supported` naming a parameter that is not known here, `invalid` naming one that says
 *   nothing; nothing is left out silently, because a search that finds more than was asked for may be read as less
 */
export function parseQuery(type: ServedType, search: URLSearchParams): Query {
  const known = PARAMETERS[type]
  const dates: DateTest[] = []
  const updated: DateTest[] = []
  const tokens = new Map<string, Token[][]>()
  const references = new Map<string, string[][]>()
  let ids: readonly string[] | undefined
  let isOldestFirst = false
  let count = COUNT
  let after: Cursor | undefined
  if (search.size > VALUES_LIMIT) throw new FhirRefusal('invalid', `more than ${VALUES_LIMIT} parameters`)
  for (const [name, value] of search) {
    if (value === '' || value.length > TEXT_LIMIT)
      throw new FhirRefusal('invalid', `${name} is empty or too long`)
    const kind = Object.hasOwn(known, name) ? known[name] : undefined
    if (kind === 'date') dates.push(dateTest(value))
    else if (kind === 'token') add(tokens, name, valuesOf(name, value).map(tokenOf))
    else if (kind === 'reference') add(references, name, valuesOf(name, value).map(idIn))
    else if (name === '_lastUpdated') updated.push(dateTest(value))
    else if (name === '_id') ids = valuesOf(name, value)
    else if (name === '_sort') isOldestFirst = isAscending(value)
    else if (name === '_count') count = countIn(value)
    else if (name === '_cursor') after = cursorIn(value)
    else if (name !== '_format' || !JSON_FORMATS.includes(value)) {
      throw new FhirRefusal('not-supported', `${name}=${value} is not known here: /metadata lists what is`)
    }
  }
  return { dates, updated, tokens, references, ids, isOldestFirst, count, after }
}

function add<T>(map: Map<string, T[][]>, name: string, values: T[]): void {
  map.set(name, [...(map.get(name) ?? []), values])
}

function valuesOf(name: string, text: string): string[] {
  const values = text.split(',')
  if (values.length <= VALUES_LIMIT) return values
  throw new FhirRefusal('invalid', `${name} has more than ${VALUES_LIMIT} values`)
}

function tokenOf(text: string): Token {
  const bar = text.indexOf('|')
  return bar === -1
    ? { system: undefined, code: text }
    : { system: text.slice(0, bar), code: text.slice(bar + 1) }
}

/** `Patient/0a…` or `0a…` alone. */
function idIn(text: string): string {
  return text.slice(text.lastIndexOf('/') + 1)
}

function isAscending(value: string): boolean {
  if (value === 'date' || value === '-date') return value === 'date'
  throw new FhirRefusal('not-supported', `_sort=${value} is not known here: date and -date are`)
}

function countIn(value: string): number {
  if (!/^[1-9]\d{0,8}$/.test(value)) throw new FhirRefusal('invalid', `_count is 1 to ${COUNT_LIMIT}`)
  return Math.min(Number(value), COUNT_LIMIT)
}

export function cursorText(cursor: Cursor): string {
  return btoa(JSON.stringify(cursor)).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}

function cursorIn(value: string): Cursor {
  try {
    return Cursor.parse(JSON.parse(atob(value.replaceAll('-', '+').replaceAll('_', '/'))))
  } catch {
    throw new FhirRefusal('invalid', '_cursor is none of ours: follow the link “next” of the page before')
  }
}
