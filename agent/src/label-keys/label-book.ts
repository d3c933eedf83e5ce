import type { Category } from '@hygeia/protocol/channel'
import { type Label, type Month, monthEnd, monthOf, parseLabel } from '@hygeia/protocol/label'
import type { LabelKey } from '@hygeia/protocol/label-keys/label-keys'
import { DAY_MS, type UnixMs } from '@hygeia/protocol/units'

/** A label to seal under, and whether it is the one that its time asks for. */
export interface LabelChoice {
  readonly label: Label
  /** Umbral public key, 33 bytes. */
  readonly publicKey: Uint8Array
  readonly month: Month
  /** The keys have run out: this is the last label there is. */
  readonly isExhausted: boolean
}

interface MonthKey {
  readonly month: Month
  readonly generation: number
  readonly key: LabelKey
}

/** Which label a batch is sealed under. */
export class LabelBook {
  /** By category: months in order, each with its highest generation. */
  readonly #months: ReadonlyMap<Category, readonly MonthKey[]>

  constructor(keys: readonly LabelKey[]) {
    const newest = new Map<Category, Map<Month, MonthKey>>()
    for (const key of keys) {
      const { category, month, generation } = parseLabel(key.label)
      const months = newest.get(category) ?? new Map<Month, MonthKey>()
      newest.set(category, months)
      if (generation >= (months.get(month)?.generation ?? 0)) months.set(month, { month, generation, key })
    }
    this.#months = new Map(
      [...newest].map(([category, months]) => [
        category,
        [...months.values()].sort((a, b) => (a.month < b.month ? -1 : 1)),
      ]),
    )
  }

  /** Categories that can be sealed. */
  get categories(): readonly Category[] {
    return [...this.#months.keys()]
  }

  /**
   * @param at - when the batch begins; `undefined` when the clock was not synchronised, which moves no month
   * @param lastMonth - of the category's batch before: the month never goes back
   * @returns undefined when the patient signed no key for this category
   */
  choose(category: Category, at: UnixMs | undefined, lastMonth: Month | undefined): LabelChoice | undefined {
    const months = this.#months.get(category)
    const first = months?.[0]
    if (months === undefined || first === undefined) return undefined
    const asked = at === undefined ? undefined : monthOf(at)
    const wanted = latest(asked, lastMonth) ?? first.month
    const chosen = months.findLast(({ month }) => month <= wanted) ?? first
    const isExhausted = chosen.month < wanted && months.at(-1) === chosen
    const { label, publicKey } = chosen.key
    return { label, publicKey, month: chosen.month, isExhausted }
  }

  /** End of the last month that has a key, by category. */
  ends(): ReadonlyMap<Category, UnixMs> {
    return new Map(
      [...this.#months].map(([category, months]) => [
        category,
        monthEnd(months.at(-1)?.month ?? ('1970-01' as Month)),
      ]),
    )
  }

  /** Whole days until the first category runs out of keys; 0 when one has. */
  daysLeft(now: UnixMs): number {
    const end = Math.min(...this.ends().values())
    return Number.isFinite(end) ? Math.max(0, Math.floor((end - now) / DAY_MS)) : 0
  }
}

function latest(one: Month | undefined, other: Month | undefined): Month | undefined {
  if (one === undefined || other === undefined) return one ?? other
  return one > other ? one : other
}
