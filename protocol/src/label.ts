import { CATEGORIES, type Category } from './channel.ts'
import { MalformedError } from './errors.ts'
import type { Brand, UnixMs } from './units.ts'

/** `category/YYYY-MM/generation`: what one label key opens. Month is UTC. */
export type Label = Brand<string, 'Label'>
/** `YYYY-MM`, UTC. */
export type Month = Brand<string, 'Month'>

export interface LabelParts {
  readonly category: Category
  readonly month: Month
  /** Raised by the patient on each revocation. */
  readonly generation: number
}

/** Most characters in a label. */
export const LABEL_LIMIT = 40
const SHAPE = /^([a-z]+)\/((?:19[7-9]\d|[2-9]\d{3})-(?:0[1-9]|1[0-2]))\/(0|[1-9]\d{0,8})$/

/** @throws {MalformedError} unless `text` is `category/YYYY-MM/generation` of a known category, from 1970 on */
export function parseLabel(text: string): LabelParts {
  const [, category, month, generation] = SHAPE.exec(text) ?? []
  const known = CATEGORIES.find((name) => name === category)
  if (known === undefined) throw new MalformedError('label', 'not category/YYYY-MM/generation')
  return { category: known, month: month as Month, generation: Number(generation) }
}

/** @throws {MalformedError} as parseLabel does */
export function asLabel(text: string): Label {
  parseLabel(text)
  return text as Label
}

export function formatLabel({ category, month, generation }: LabelParts): Label {
  return `${category}/${month}/${generation}` as Label
}

/** Month that holds `at`, UTC. */
export function monthOf(at: UnixMs): Month {
  return new Date(at).toISOString().slice(0, 7) as Month
}

/** First instant of the month after `month`. */
export function monthEnd(month: Month): UnixMs {
  return startOf(month, 1)
}

/** `count` months from `first` on, in order. */
export function monthsFrom(first: Month, count: number): readonly Month[] {
  return Array.from({ length: count }, (_, index) => monthOf(startOf(first, index)))
}

/** First instant of the month that comes `later` months after `month`. */
function startOf(month: Month, later: number): UnixMs {
  return Date.UTC(Number(month.slice(0, 4)), Number(month.slice(5)) - 1 + later) as UnixMs
}
