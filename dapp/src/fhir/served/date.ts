import { FhirRefusal } from './outcome.ts'

/** Both ends included, ms since the Unix epoch. */
export interface Range {
  readonly from: number
  readonly to: number
}

/** What one date parameter asks of a resource, and of a hull around several: whether any inside could fit. */
export interface DateTest {
  fits(range: Range): boolean
  couldFit(hull: Range): boolean
}

type Test = (range: Range, said: Range) => boolean

const isEqual: Test = (range, said) => said.from <= range.from && range.to <= said.to
const endsAfter: Test = (range, said) => range.to > said.to
const beginsBefore: Test = (range, said) => range.from < said.from
const reachesTo: Test = (range, said) => range.to >= said.from
const reachesFrom: Test = (range, said) => range.from <= said.to

/** How a range compares with what was said, and how a hull of ranges does. @see FHIR R4, search, "Prefixes" */
const PREFIXES: Readonly<Record<string, readonly [fits: Test, couldFit: Test]>> = {
  eq: [isEqual, (hull, said) => reachesTo(hull, said) && reachesFrom(hull, said)],
  ne: [(range, said) => !isEqual(range, said), () => true],
  gt: [endsAfter, endsAfter],
  lt: [beginsBefore, beginsBefore],
  ge: [reachesTo, reachesTo],
  le: [reachesFrom, reachesFrom],
  sa: [(range, said) => range.from > said.to, endsAfter],
  eb: [(range, said) => range.to < said.from, beginsBefore],
}

const SHAPE =
  /^(eq|ne|gt|lt|ge|le|sa|eb)?(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)?)?)?)?$/

/**
 * A date parameter: `2025-11`, `ge2025-11-01`, `lt2025-11-01T08:30:00Z`. What is not said of an instant makes a range
 * of it; without a zone it is UTC.
 *
 * @throws {FhirRefusal} `invalid`
 */
export function dateTest(text: string): DateTest {
  const said = rangeOf(text)
  const [fits, couldFit] = PREFIXES[SHAPE.exec(text)?.[1] ?? 'eq'] ?? []
  if (said === undefined || fits === undefined || couldFit === undefined) {
    throw new FhirRefusal(
      'invalid',
      `“${text}” is no date: write 2025-11-01, ge2025-11-01T08:30:00Z or lt2025-12`,
    )
  }
  return { fits: (range) => fits(range, said), couldFit: (hull) => couldFit(hull, said) }
}

function rangeOf(text: string): Range | undefined {
  const [, , year, month, day, hour, minute, second, fraction, zone = 'Z'] = SHAPE.exec(text) ?? []
  if (year === undefined) return undefined
  const date = `${year}-${month ?? '01'}-${day ?? '01'}`
  const from = Date.parse(
    `${date}T${hour ?? '00'}:${minute ?? '00'}:${second ?? '00'}${fraction ?? ''}${zone}`,
  )
  if (Number.isNaN(from) || !isDay(date)) return undefined
  return { from, to: endOf(from, { month, day, hour, second, fraction }) }
}

/** The 31st of a month that has 30 days is another day to Date. @param date - `YYYY-MM-DD` */
function isDay(date: string): boolean {
  const midnight = Date.parse(`${date}T00:00:00Z`)
  return !Number.isNaN(midnight) && new Date(midnight).toISOString().startsWith(date)
}

type Said = Readonly<Record<'month' | 'day' | 'hour' | 'second' | 'fraction', string | undefined>>

function endOf(from: number, { month, day, hour, second, fraction }: Said): number {
  const start = new Date(from)
  if (month === undefined) return Date.UTC(start.getUTCFullYear() + 1) - 1
  if (day === undefined) return Date.UTC(start.getUTCFullYear(), start.getUTCMonth() + 1) - 1
  if (hour === undefined) return from + 86_400_000 - 1
  if (second === undefined) return from + 60_000 - 1
  return fraction === undefined ? from + 1_000 - 1 : from
}
