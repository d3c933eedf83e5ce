import { isAbort } from '@hygeia/runtime/abort'
import { Backoff } from '@hygeia/runtime/backoff'
import { type Clock, sleep } from '@hygeia/runtime/clock'
import type { Service } from '@hygeia/runtime/lifecycle'
import type { Logger } from '@hygeia/runtime/log'
import { Counter, type Registry } from 'prom-client'
import { METRICS } from '../metrics/names.ts'
import { Disk, del, put } from '../store/disk.ts'
import type { Channel } from './channel.ts'
import { decodeNotice, encodeNotice, type Notice } from './notice.ts'

export interface OutboxOptions {
  readonly path: string
  readonly reserveBytes: number
  /** Notices that wait for one channel at most; beyond that new ones are dropped, and counted. */
  readonly limit: number
  /** After this a notice is no news any more. */
  readonly giveUpMs: number
  readonly backoff?: { readonly firstMs: number; readonly limitMs: number }
}

export interface OutboxDeps {
  readonly channel: Channel
  readonly clock: Clock
  readonly log: Logger
  readonly outcomes: Counter<'channel' | 'outcome'>
}

const BUFFER_BYTES = 256 * 1024
const BACKOFF = { firstMs: 1_000, limitMs: 300_000 }

/** Counts what became of notices. */
export function noticeCounter(metrics: Registry): Counter<'channel' | 'outcome'> {
  return new Counter({ ...METRICS.noticesTotal, labelNames: ['channel', 'outcome'], registers: [metrics] })
}

/** Notices for one channel, on the disk until they are taken: oldest first, tried again ever more slowly. */
export class Outbox implements Service {
  readonly #options: OutboxOptions
  readonly #deps: OutboxDeps
  readonly #disk: Disk
  readonly #abort = new AbortController()
  #next = 1
  #waiting = 0
  #wake = () => {}
  #loop: Promise<void> | undefined

  constructor(options: OutboxOptions, deps: OutboxDeps) {
    this.#options = options
    this.#deps = deps
    const { path, reserveBytes } = options
    this.#disk = new Disk({ path, reserveBytes, bufferBytes: BUFFER_BYTES }, deps)
  }

  async start(): Promise<void> {
    await this.#disk.open()
    const keys = await this.#disk.level.keys().all()
    this.#waiting = keys.length
    this.#next = numberOf(keys.at(-1)) + 1
    this.#loop ??= this.#run().catch((cause: unknown) => {
      if (!isAbort(cause)) throw cause
    })
  }

  async stop(): Promise<void> {
    this.#abort.abort()
    this.#wake()
    await this.#loop
    await this.#disk.close()
  }

  /** Have it told. Never waits for the channel; when the disk does not take it, it is dropped and counted. */
  async add(notice: Notice): Promise<void> {
    const { log, channel, outcomes } = this.#deps
    if (this.#waiting >= this.#options.limit) {
      outcomes.inc({ channel: channel.name, outcome: 'dropped' })
      return
    }
    const key = keyOf(this.#next++)
    this.#waiting++
    try {
      await this.#disk.write([put(key, encodeNotice(notice))], true)
      this.#wake()
    } catch (err) {
      this.#waiting--
      outcomes.inc({ channel: channel.name, outcome: 'dropped' })
      log.warn({ err }, 'notice not kept')
    }
  }

  async #run(): Promise<void> {
    const { clock, log, channel, outcomes } = this.#deps
    const { signal } = this.#abort
    const backoff = new Backoff(this.#options.backoff ?? BACKOFF)
    while (!signal.aborted) {
      // Asked to be woken before looking: what comes in between is not slept through.
      const woken = new Promise<void>((resolve) => {
        this.#wake = resolve
      })
      const [first] = await this.#disk.level.iterator({ limit: 1 }).all()
      if (first === undefined) {
        if (!signal.aborted) await woken
        continue
      }
      const [key, value] = first
      const notice = decodeNotice(value)
      try {
        await channel.tell(idOf(notice, key), notice, signal)
        outcomes.inc({ channel: channel.name, outcome: 'told' })
        await this.#forget(key)
        backoff.reset()
      } catch (err) {
        if (signal.aborted) return
        outcomes.inc({ channel: channel.name, outcome: 'failed' })
        log.warn({ err, channel: channel.name }, 'notice not taken')
        if (clock.now() - notice.at > this.#options.giveUpMs) await this.#forget(key)
        await sleep(clock, backoff.nextMs(), signal)
      }
    }
  }

  async #forget(key: Uint8Array): Promise<void> {
    await this.#disk.write([del(key)], false)
    this.#waiting--
  }
}

const DIGITS = 15
const keyOf = (number: number) => Buffer.from(String(number).padStart(DIGITS, '0'))
const numberOf = (key: Uint8Array | undefined) =>
  key === undefined ? 0 : Number(Buffer.from(key).toString())

/** The same for a notice however often it is told. */
function idOf({ kind, device, at }: Notice, key: Uint8Array): string {
  return `${kind}-${device.slice(2, 10)}-${at}-${numberOf(key)}`
}
