import { MalformedError } from '@hygeia/protocol/errors'
import type { Sample } from '@hygeia/protocol/sample'
import type { Database } from '../disk/database.ts'
import type { Clocks, DatedWindow } from './dating.ts'
import type { JournalCipher } from './journal-cipher.ts'
import { decodeRecord, encodeRecord, type JournalRecord } from './record.ts'
import type { Window } from './window.ts'

interface Progress {
  /** How many of the window's samples are on the disk. */
  written: number
}

/**
 * Samples that are not sealed yet, on the disk: what a power cut would otherwise cost.
 *
 * Methods that write are for inside a transaction; `committed` follows it.
 */
export class Journal {
  readonly #cipher: JournalCipher
  readonly #statements
  readonly #windows = new Map<number, Progress>()
  #writing: { readonly id: number; readonly count: number }[] = []
  #forgetting: number[] = []
  #lastId: number

  constructor({ database, cipher }: { database: Database; cipher: JournalCipher }) {
    this.#cipher = cipher
    database.exec(`CREATE TABLE IF NOT EXISTS journal (
      id INTEGER PRIMARY KEY, window INTEGER NOT NULL, record BLOB NOT NULL) STRICT;
      DROP INDEX IF EXISTS journal_by_window`)
    const prepare = (sql: string) => database.prepare(sql)
    this.#statements = {
      insert: prepare('INSERT INTO journal (window, record) VALUES (?, ?)'),
      forget: prepare('DELETE FROM journal WHERE window = ?'),
      all: prepare('SELECT window, record FROM journal ORDER BY id'),
    }
    this.#lastId = Number(prepare('SELECT max(window) AS last FROM journal').get()?.last ?? 0)
  }

  /** A name for a new window. */
  nextId(): number {
    return ++this.#lastId
  }

  /** Whether a sample of these windows is not on the disk yet. */
  isBehind(windows: Iterable<Window>): boolean {
    for (const { id, samples } of windows) if (samples.length > this.#written(id)) return true
    return false
  }

  /** Time of the oldest sample of `windows` that is not on the disk; undefined when all are. */
  oldestUnwritten(windows: Iterable<Window>): number | undefined {
    let oldest: number | undefined
    for (const { id, samples } of windows) {
      const at = samples[this.#written(id)]?.at
      if (at !== undefined && at < (oldest ?? Number.POSITIVE_INFINITY)) oldest = at
    }
    return oldest
  }

  /** Write what the disk does not have of this window. */
  write({ id, category, samples }: Window, clocks: Clocks): void {
    const fresh = samples.slice(this.#written(id))
    if (fresh.length === 0) return
    const record = encodeRecord({ category, clocks, samples: fresh })
    this.#statements.insert.run(id, this.#cipher.seal(record, aboutWindow(id)))
    this.#writing.push({ id, count: samples.length })
  }

  /** It was sealed: in the same transaction as its batch, so that no sample is there twice, or not at all. */
  forget(id: number): void {
    this.#statements.forget.run(id)
    this.#forgetting.push(id)
  }

  /** The transaction is on the disk. */
  committed(): void {
    for (const { id, count } of this.#writing) this.#windows.set(id, { written: count })
    for (const id of this.#forgetting) this.#windows.delete(id)
    this.undone()
  }

  /** The transaction was undone. */
  undone(): void {
    this.#writing = []
    this.#forgetting = []
  }

  /**
   * Windows as an earlier process left them, oldest first, with the clocks as last written.
   *
   * @returns with how many records did not open: the device's key was changed, or the disk damaged them
   */
  replay(): { readonly windows: readonly DatedWindow[]; readonly unreadable: number } {
    const windows = new Map<number, { record: JournalRecord; samples: Sample[] }>()
    let unreadable = 0
    for (const { window, record } of this.#statements.all.all()) {
      const read = this.#open(Number(window), record)
      if (read === undefined) {
        unreadable++
        continue
      }
      const samples = windows.get(Number(window))?.samples ?? []
      samples.push(...read.samples)
      windows.set(Number(window), { record: read, samples })
    }
    for (const [id, { samples }] of windows) this.#windows.set(id, { written: samples.length })
    return {
      windows: [...windows].map(([id, { record, samples }]) => ({
        window: { id, category: record.category, samples },
        clocks: record.clocks,
      })),
      unreadable,
    }
  }

  #written(id: number): number {
    return this.#windows.get(id)?.written ?? 0
  }

  #open(window: number, record: unknown): JournalRecord | undefined {
    if (!(record instanceof Uint8Array)) return undefined
    const bytes = this.#cipher.open(record, aboutWindow(window))
    if (bytes === undefined) return undefined
    try {
      return decodeRecord(bytes)
    } catch (cause) {
      if (cause instanceof MalformedError) return undefined
      throw cause
    }
  }
}

const aboutWindow = (id: number) => `hygeia/agent/journal/1/${id}`
