import type { Category } from '@hygeia/protocol/channel'
import { formatLabel, type Label, type Month, parseLabel } from '@hygeia/protocol/label'

/** Newest generation of each label's category and month; 0 where nothing was ever revoked. */
export class Generations {
  readonly #newest: Map<string, number>

  /** @param record - `category/YYYY-MM` to generation */
  constructor(record: Readonly<Record<string, number>> = {}) {
    this.#newest = new Map(Object.entries(record))
  }

  newest(category: Category, month: Month): number {
    return this.#newest.get(`${category}/${month}`) ?? 0
  }

  /** Learn that `label` exists. */
  see(label: Label): void {
    const { category, month, generation } = parseLabel(label)
    if (generation > this.newest(category, month)) this.#newest.set(`${category}/${month}`, generation)
  }

  /** Label to seal under now. */
  current(category: Category, month: Month): Label {
    return formatLabel({ category, month, generation: this.newest(category, month) })
  }

  /** Every label that data of this category and month may lie under, oldest first. */
  all(category: Category, month: Month): readonly Label[] {
    return Array.from({ length: this.newest(category, month) + 1 }, (_, generation) =>
      formatLabel({ category, month, generation }),
    )
  }

  isCurrent(label: Label): boolean {
    const { category, month, generation } = parseLabel(label)
    return generation === this.newest(category, month)
  }

  toRecord(): Record<string, number> {
    return Object.fromEntries(this.#newest)
  }
}
