import { randomInt } from 'node:crypto'
import type { RefusalReason } from '@hygeia/protocol/device-link/refusal'
import type { Incarnation } from '@hygeia/protocol/ids'
import { PRIORITIES, type Priority } from '@hygeia/protocol/sealed/header'
import type { UnixMs } from '@hygeia/protocol/units'
import type { Clock } from '@hygeia/runtime/clock'
import type { Database } from '../disk/database.ts'
import { FillRate } from './fill-rate.ts'
import { ALERT_RESERVE } from './room.ts'
import { SPOOL_TABLES } from './tables.ts'

/** A sealed batch on its way into the spool. */
export interface NewEntry {
  readonly incarnation: Incarnation
  readonly sequence: number
  readonly priority: Priority
  /** SHA-256 digest in the CID. */
  readonly digest: Uint8Array
  readonly block: Uint8Array
}

/** A sealed batch that waits for its receipt. */
export interface Entry {
  readonly id: number
  readonly incarnation: Incarnation
  readonly sequence: number
  readonly priority: Priority
  /** SHA-256 digest in the CID. */
  readonly digest: Uint8Array
  readonly block: Uint8Array
}

/** Where a batch is, without its bytes. */
export interface EntryName {
  readonly id: number
  readonly incarnation: Incarnation
  readonly sequence: number
  /** Since it was sealed, in ms; unknown for one that an earlier process sealed. */
  readonly ageMs: number | undefined
}

export interface SpoolOptions {
  readonly limitBytes: number
  /** Most bytes of refused batches that are kept to be looked at. */
  readonly deadLimitBytes: number
  /** How long to watch before saying how fast it fills. */
  readonly rateAfterMs: number
}

export interface SpoolStats {
  readonly batches: number
  readonly bytes: number
  readonly limitBytes: number
  /** No room for anything but alerts. */
  readonly isFull: boolean
  /** Until there would be room for alerts only if nothing left it; unknown until enough was sealed to tell. */
  readonly hoursLeft: number | undefined
  readonly oldestSealedAt: UnixMs | undefined
  readonly dead: number
  readonly deadByReason: Readonly<Record<string, number>>
  /** Refused batches whose bytes had to make room for later ones. */
  readonly deadDropped: number
}

/** Sealed batches on the disk until a receipt frees them. Methods that write are for inside a transaction. */
export class Spool {
  readonly #options: SpoolOptions
  readonly #database: Database
  readonly #clock: Clock
  readonly #rate: FillRate
  readonly #statements
  /** Tells this process's times from those of an earlier one. */
  readonly #run = randomInt(2 ** 47)

  constructor(options: SpoolOptions, { database, clock }: { database: Database; clock: Clock }) {
    this.#options = options
    this.#database = database
    this.#clock = clock
    this.#rate = new FillRate({ leastMs: options.rateAfterMs }, { clock })
    database.exec(SPOOL_TABLES)
    const prepare = (sql: string) => database.prepare(sql)
    this.#statements = {
      insert: prepare(
        'INSERT INTO batches (digest, incarnation, sequence, priority, sealed_at, run, elapsed, bytes, block) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)',
      ),
      next: prepare('SELECT * FROM batches WHERE priority = ? AND id > ? ORDER BY id LIMIT ?'),
      one: prepare('SELECT * FROM batches WHERE id = ?'),
      find: prepare('SELECT id, incarnation, sequence, run, elapsed FROM batches WHERE digest = ?'),
      remove: prepare('DELETE FROM batches WHERE id = ?'),
      bury: prepare(
        'INSERT INTO dead (digest, reason, at, bytes, block) SELECT digest, ?, ?, bytes, block FROM batches WHERE id = ?',
      ),
      totals: prepare('SELECT * FROM totals'),
      oldestDead: prepare('DELETE FROM dead WHERE id = (SELECT min(id) FROM dead)'),
    }
  }

  get bytes(): number {
    return Number(this.#statements.totals.get()?.bytes)
  }

  /** Part of it that is used: 1 is full. */
  get fill(): number {
    return this.bytes / this.#options.limitBytes
  }

  /** Whether it has room for another batch once `moreBytes` have come; the last of it is for alerts. */
  hasRoom(isAlert: boolean, moreBytes: number): boolean {
    return this.bytes + moreBytes < this.#limitFor(isAlert)
  }

  insert({ incarnation, sequence, priority, digest, block }: NewEntry): void {
    const { insert } = this.#statements
    const [now, elapsed] = [this.#clock.now(), this.#clock.monotonic()]
    const bytes = block.length
    const rank = PRIORITIES.indexOf(priority)
    insert.run(digest, incarnation, sequence, rank, now, this.#run, elapsed, bytes, block)
  }

  /** After the transaction that inserted so many. */
  inserted(bytes: number): void {
    this.#rate.add(bytes)
  }

  /** The next `limit` batches of one priority after `afterId`, oldest first. */
  after(priority: Priority, afterId: number, limit: number): readonly Entry[] {
    return this.#statements.next.all(PRIORITIES.indexOf(priority), afterId, limit).map(entryOf)
  }

  /** @returns undefined when it has left */
  read(id: number): Entry | undefined {
    const row = this.#statements.one.get(id)
    return row === undefined ? undefined : entryOf(row)
  }

  /** The batch with this digest in its CID, if it is here. */
  find(digest: Uint8Array): EntryName | undefined {
    const row = this.#statements.find.get(digest)
    if (row === undefined) return undefined
    const isOurs = Number(row.run) === this.#run
    return {
      id: Number(row.id),
      incarnation: String(row.incarnation) as Incarnation,
      sequence: Number(row.sequence),
      ageMs: isOurs ? this.#clock.monotonic() - Number(row.elapsed) : undefined,
    }
  }

  /** It was received. */
  remove(id: number): void {
    this.#statements.remove.run(id)
  }

  /** It was refused for ever: out of the way, but not out of sight. */
  bury(id: number, reason: RefusalReason): void {
    const { bury, remove, totals, oldestDead } = this.#statements
    bury.run(reason, this.#clock.now(), id)
    remove.run(id)
    while (Number(totals.get()?.dead_bytes) > this.#options.deadLimitBytes) oldestDead.run()
  }

  /** Lowest and highest sequence that wait, for each incarnation that has any. */
  spans(): readonly { readonly incarnation: Incarnation; readonly from: number; readonly to: number }[] {
    return this.#database
      .prepare(
        'SELECT incarnation, min(sequence) AS low, max(sequence) AS high FROM batches GROUP BY incarnation',
      )
      .all()
      .map(({ incarnation, low, high }) => ({
        incarnation: String(incarnation) as Incarnation,
        from: Number(low),
        to: Number(high),
      }))
  }

  stats(): SpoolStats {
    const totals = this.#statements.totals.get()
    const oldest = this.#database.prepare('SELECT min(id), sealed_at FROM batches').get()?.sealed_at
    const reasons = this.#database.prepare('SELECT reason, count(*) AS count FROM dead GROUP BY reason').all()
    const bytes = Number(totals?.bytes)
    const { limitBytes } = this.#options
    const leftBytes = this.#limitFor(false) - bytes
    return {
      batches: Number(totals?.batches),
      bytes,
      limitBytes,
      isFull: leftBytes <= 0,
      // However little comes now that there is no room for it.
      hoursLeft: leftBytes <= 0 ? 0 : this.#rate.hoursUntil(leftBytes),
      oldestSealedAt: oldest === null || oldest === undefined ? undefined : (Number(oldest) as UnixMs),
      dead: Number(totals?.dead),
      deadByReason: Object.fromEntries(reasons.map(({ reason, count }) => [String(reason), Number(count)])),
      deadDropped: Number(totals?.dead_total) - Number(totals?.dead),
    }
  }

  #limitFor(isAlert: boolean): number {
    const { limitBytes } = this.#options
    return isAlert ? limitBytes : limitBytes * (1 - ALERT_RESERVE)
  }
}

function entryOf(row: Record<string, unknown>): Entry {
  const { id, incarnation, sequence, priority, digest, block } = row
  const name = PRIORITIES[Number(priority)]
  if (name === undefined || !(digest instanceof Uint8Array) || !(block instanceof Uint8Array)) {
    throw new Error('a row of the spool is not as it was written')
  }
  return {
    id: Number(id),
    incarnation: String(incarnation) as Incarnation,
    sequence: Number(sequence),
    priority: name,
    digest,
    block,
  }
}
