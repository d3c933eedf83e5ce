import { mkdir, statfs } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { Backoff } from '@hygeia/runtime/backoff'
import type { Logger } from '@hygeia/runtime/log'
import { ClassicLevel } from 'classic-level'
import { StoreError } from './errors.ts'

export type Level = ClassicLevel<Uint8Array, Uint8Array>
export type Operation =
  | { readonly type: 'put'; readonly key: Uint8Array; readonly value: Uint8Array }
  | { readonly type: 'del'; readonly key: Uint8Array }

export const put = (key: Uint8Array, value: Uint8Array): Operation => ({ type: 'put', key, value })
export const del = (key: Uint8Array): Operation => ({ type: 'del', key })
export const NOTHING = new Uint8Array(0)

export interface DiskOptions {
  readonly path: string
  /** Nothing is written while less than this is free on the disk. */
  readonly reserveBytes: number
  /** Memory for what was written last, and again for what is read: 4 MiB unless told. */
  readonly bufferBytes?: number
}

/** How often to look at the free space while writing. */
const LOOK_MS = 1_000
const BUFFER_BYTES = 4 * 1024 * 1024

/**
 * One LevelDB that is never trusted after a failed write.
 *
 * LevelDB goes on appending to a log whose last record was cut off by a full disk, and would drop what follows
 * when it reads that log again. So after any failure it is closed and opened anew, which reads the log to the last
 * whole record, before the next write is let in.
 */
export class Disk {
  readonly #options: DiskOptions
  readonly #log: Logger
  readonly #stop = new AbortController()
  readonly level: Level
  #repair: Promise<void> | undefined
  #lookedAt = -Infinity
  #freeBytes = Infinity
  #onRepaired: () => Promise<void> = async () => {}

  constructor(options: DiskOptions, { log }: { readonly log: Logger }) {
    this.#options = options
    this.#log = log
    this.level = new ClassicLevel(options.path, {
      keyEncoding: 'view',
      valueEncoding: 'view',
      // Sealed batches are random bytes.
      compression: false,
      writeBufferSize: options.bufferBytes ?? BUFFER_BYTES,
      cacheSize: options.bufferBytes ?? BUFFER_BYTES,
    })
  }

  /** @param onRepaired - called before writes are let in again: what is known of the content must be read anew */
  async open(onRepaired: () => Promise<void> = async () => {}): Promise<void> {
    this.#onRepaired = onRepaired
    await mkdir(this.#options.path, { recursive: true, mode: 0o700 })
    await this.level.open()
  }

  async close(): Promise<void> {
    this.#stop.abort()
    await this.#repair
    await this.level.close()
  }

  /** False from a failed write until the database is whole again. */
  get isUp(): boolean {
    return this.#repair === undefined
  }

  /** Bytes free when last looked. */
  get freeBytes(): number {
    return this.#freeBytes
  }

  /** @throws {StoreError} `STORE_FULL` while less is free than is kept in reserve */
  async haveRoom(): Promise<void> {
    const now = performance.now()
    if (now - this.#lookedAt >= LOOK_MS) {
      this.#lookedAt = now
      const { bavail, bsize } = await statfs(this.#options.path)
      this.#freeBytes = bavail * bsize
    }
    const { reserveBytes } = this.#options
    if (this.#freeBytes < reserveBytes) {
      throw new StoreError('disk is full', { code: 'STORE_FULL', freeBytes: this.#freeBytes, reserveBytes })
    }
  }

  /**
   * Write all of `operations` or none.
   *
   * @param isSynced - whether it must be on the disk, not only with the operating system
   * @throws {StoreError} `STORE_FULL`, `STORE_DOWN`
   */
  async write(operations: readonly Operation[], isSynced: boolean): Promise<void> {
    if (!this.isUp) throw new StoreError('journal is being repaired', { code: 'STORE_DOWN' })
    await this.haveRoom()
    try {
      await this.level.batch([...operations], { sync: isSynced })
    } catch (cause) {
      if (this.#stop.signal.aborted)
        throw new StoreError('journal is closed', { code: 'STORE_DOWN' }, { cause })
      this.#repair ??= this.#reopen(cause).finally(() => {
        this.#repair = undefined
      })
      throw new StoreError('journal did not take a write', { code: 'STORE_DOWN' }, { cause })
    }
  }

  /** @throws {StoreError} `STORE_DOWN` while the database is being opened anew */
  async getMany(keys: Uint8Array[]): Promise<(Uint8Array | undefined)[]> {
    try {
      return await this.level.getMany(keys)
    } catch (cause) {
      if (this.isUp && this.level.status === 'open') throw cause
      throw new StoreError('journal is being repaired', { code: 'STORE_DOWN' }, { cause })
    }
  }

  /**
   * Write, and leave nothing on the disk of what was there before: LevelDB keeps what is deleted or written over in
   * older files until it has reason to rewrite them.
   *
   * @param ranges - first and last key of whatever is to be gone
   * @throws {StoreError} `STORE_FULL`, `STORE_DOWN`
   */
  async writeOver(
    operations: readonly Operation[],
    ranges: readonly (readonly [Uint8Array, Uint8Array])[],
  ): Promise<void> {
    // Out of memory first: what is put and deleted there goes into one file, side by side, and is never merged.
    for (const [first, last] of ranges) await this.level.compactRange(first, last)
    await this.write(operations, true)
    for (const [first, last] of ranges) await this.level.compactRange(first, last)
  }

  async #reopen(cause: unknown): Promise<void> {
    this.#log.error({ err: cause }, 'journal failed, is reopened')
    const backoff = new Backoff({ firstMs: 100, limitMs: 5_000 })
    while (!this.#stop.signal.aborted) {
      try {
        await this.level.close()
        await this.level.open()
        await this.#onRepaired()
        this.#log.warn('journal is whole again')
        return
      } catch (err) {
        this.#log.warn({ err }, 'journal cannot be opened yet')
      }
      await delay(backoff.nextMs(), undefined, { signal: this.#stop.signal }).catch(() => {})
    }
  }
}
