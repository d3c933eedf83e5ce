import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ClassicLevel } from 'classic-level'
import { ChainError } from '../../errors.ts'

/** LevelDB writes its log of up to 4 MiB out as a table when it opens. */
const ROOM_BYTES = 8 * 1024 * 1024

export interface Put {
  readonly key: Uint8Array
  readonly value: Uint8Array
}

/**
 * The LevelDB directory of a chain. Its LOCK file is held as long as it is open, by the kernel, so a killed process
 * leaves no stale lock behind. Reads are synchronous: nodes of a trie are read one after the other anyway, and
 * a round trip through the thread pool costs more than the read.
 */
export class LevelFile {
  readonly #level: ClassicLevel<Uint8Array, Uint8Array>
  readonly #dir: string

  constructor({ dir }: { dir: string }) {
    this.#dir = dir
    this.#level = new ClassicLevel(dir, {
      keyEncoding: 'view',
      valueEncoding: 'view',
      cacheSize: 16 * 1024 * 1024,
    })
  }

  /** @throws {ChainError} `CHAIN_LOCKED` */
  async open(): Promise<void> {
    await mkdir(this.#dir, { recursive: true, mode: 0o700 })
    await this.#level.open().catch((cause: unknown) => {
      if (!isLocked(cause)) throw cause
      throw new ChainError(`another process holds the chain in ${this.#dir}`, {
        code: 'CHAIN_LOCKED',
        dir: this.#dir,
      })
    })
  }

  async close(): Promise<void> {
    await this.#level.close()
  }

  /**
   * Open anew after a write that failed: LevelDB refuses every write until then. Opening itself writes, so that is
   * tried only once there is room for it; until then what is stored can still be read.
   *
   * @throws when the disk is still full
   */
  async reopen(): Promise<void> {
    const probe = join(this.#dir, 'room')
    try {
      await writeFile(probe, Buffer.alloc(ROOM_BYTES), { flush: true })
    } finally {
      await rm(probe, { force: true })
    }
    await this.#level.close()
    await this.#level.open()
  }

  get(key: Uint8Array): Uint8Array | undefined {
    return this.#level.getSync(key)
  }

  /** All of `puts` or none, on disk when this resolves. */
  async write(puts: readonly Put[]): Promise<void> {
    await this.#level.batch(
      puts.map(({ key, value }) => ({ type: 'put' as const, key, value })),
      { sync: true },
    )
  }

  /** Entries with `from` <= key <= `to`, ascending. */
  entries(from: Uint8Array, to: Uint8Array): AsyncIterable<[Uint8Array, Uint8Array]> {
    return this.#level.iterator({ gte: from, lte: to })
  }

  keys(from: Uint8Array, to: Uint8Array): AsyncIterable<Uint8Array> {
    return this.#level.keys({ gte: from, lte: to })
  }
}

function isLocked(cause: unknown): boolean {
  for (let error = cause; error instanceof Error; error = error.cause) {
    if ('code' in error && error.code === 'LEVEL_LOCKED') return true
  }
  return false
}
