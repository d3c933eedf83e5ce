import type { Category } from '@hygeia/protocol/channel'
import type { Month } from '@hygeia/protocol/label'
import type { Database } from '../disk/database.ts'

/** The month that each category was last sealed under, on disk: it never goes back. */
export class LabelMonths {
  readonly #write
  readonly #last: Map<Category, Month>

  constructor({ database }: { database: Database }) {
    database.exec(
      'CREATE TABLE IF NOT EXISTS label_months (category TEXT PRIMARY KEY, month TEXT NOT NULL) STRICT',
    )
    this.#write = database.prepare('REPLACE INTO label_months VALUES (?, ?)')
    const rows = database.prepare('SELECT category, month FROM label_months').all()
    this.#last = new Map(
      rows.map(({ category, month }) => [String(category) as Category, String(month) as Month]),
    )
  }

  of(category: Category): Month | undefined {
    return this.#last.get(category)
  }

  /** Sealing under `month`; before the batch is on disk, because what is sealed next must not go back either. */
  advance(category: Category, month: Month): void {
    if (month > (this.#last.get(category) ?? '')) this.#last.set(category, month)
  }

  /** Inside the transaction that keeps what was sealed. */
  write(): void {
    for (const [category, month] of this.#last) this.#write.run(category, month)
  }
}
