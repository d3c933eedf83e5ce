import type { ChannelName } from '@hygeia/protocol/channel'
import type { BootId } from '@hygeia/protocol/ids'
import type { MonotonicMs } from '@hygeia/protocol/units'
import type { Database } from '../disk/database.ts'

/** How far each channel of a boot has been sealed, at least: what lies before is not taken again. */
export class Positions {
  readonly #database: Database
  readonly #write

  constructor({ database }: { database: Database }) {
    this.#database = database
    database.exec(`CREATE TABLE IF NOT EXISTS positions (
      channel TEXT PRIMARY KEY, boot TEXT NOT NULL, at INTEGER NOT NULL) STRICT`)
    this.#write = database.prepare('REPLACE INTO positions VALUES (?, ?, ?)')
  }

  /** Of the channels that were last sampled in `boot`. */
  read(boot: BootId): ReadonlyMap<ChannelName, MonotonicMs> {
    const rows = this.#database.prepare('SELECT channel, at FROM positions WHERE boot = ?').all(boot)
    return new Map(rows.map(({ channel, at }) => [String(channel) as ChannelName, Number(at) as MonotonicMs]))
  }

  /** Inside the transaction that makes samples up to there durable. */
  write(boot: BootId, lastAt: ReadonlyMap<ChannelName, MonotonicMs>): void {
    for (const [channel, at] of lastAt) this.#write.run(channel, boot, at)
  }
}
