import { statfs } from 'node:fs/promises'
import { isAbort } from '@hygeia/runtime/abort'
import { type Clock, sleep } from '@hygeia/runtime/clock'
import type { Service } from '@hygeia/runtime/lifecycle'
import type { Logger } from '@hygeia/runtime/log'
import type { Registry } from 'prom-client'
import { gauge } from '../metrics/gauge.ts'
import { METRICS } from '../metrics/names.ts'

export interface DiskGuardOptions {
  readonly dataDir: string
  /** With less than this free no new batch is taken; what is read, relayed and anchored goes on. */
  readonly leastFreeBytes: number
}

export interface DiskGuardDeps {
  readonly clock: Clock
  readonly log: Logger
  readonly metrics: Registry
  /** Bytes free at a path; the file system's unless told. */
  readonly freeAt?: (path: string) => Promise<number>
}

const LOOK_MS = 1_000
/** Room that must come back beyond the bound, so that a batch more does not close the door again. */
const REOPENS_AT = 1.1

/** Keeps the rest of the disk for what must go on when there is no room for new batches: devices spool meanwhile. */
export class DiskGuard implements Service {
  readonly #options: DiskGuardOptions
  readonly #deps: DiskGuardDeps
  readonly #abort = new AbortController()
  #freeBytes = Infinity
  #isFull = false
  #loop: Promise<void> | undefined

  constructor(options: DiskGuardOptions, deps: DiskGuardDeps) {
    this.#options = options
    this.#deps = deps
    gauge(deps.metrics, METRICS.diskFreeBytes, () => this.#freeBytes)
    gauge(deps.metrics, METRICS.diskRefusing, () => Number(this.#isFull))
  }

  async start(): Promise<void> {
    await this.#look()
    this.#loop ??= this.#run().catch((cause: unknown) => {
      if (!isAbort(cause)) throw cause
    })
  }

  async stop(): Promise<void> {
    this.#abort.abort()
    await this.#loop
  }

  /** Whether new batches are refused. */
  get isFull(): boolean {
    return this.#isFull
  }

  /** When last looked, a second ago at most. */
  get freeBytes(): number {
    return this.#freeBytes
  }

  async #run(): Promise<void> {
    for (;;) {
      await sleep(this.#deps.clock, LOOK_MS, this.#abort.signal)
      await this.#look()
    }
  }

  async #look(): Promise<void> {
    const { dataDir, leastFreeBytes } = this.#options
    const { log, freeAt = freeOf } = this.#deps
    const freeBytes = await freeAt(dataDir).catch((err: unknown) => {
      log.warn({ err }, 'free space cannot be read')
      return undefined
    })
    if (freeBytes === undefined) return
    this.#freeBytes = freeBytes
    const isFull = freeBytes < leastFreeBytes * (this.#isFull ? REOPENS_AT : 1)
    if (isFull === this.#isFull) return
    this.#isFull = isFull
    if (isFull) log.error({ freeBytes, leastFreeBytes }, 'disk is nearly full: new batches are refused')
    else log.warn({ freeBytes }, 'there is room again: new batches are taken')
  }
}

async function freeOf(path: string): Promise<number> {
  const { bavail, bsize } = await statfs(path)
  return bavail * bsize
}
