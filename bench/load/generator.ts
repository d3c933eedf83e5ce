import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as delay } from 'node:timers/promises'
import { loadRecover } from '@hygeia/daemon/verify/recover'
import { type BootId, toHex } from '@hygeia/protocol/ids'
import { DAY_MS, MINUTE_MS, type UnixMs } from '@hygeia/protocol/units'
import { FleetDevice, nativeSigner, noisyWindow, type SealedPiece } from '../fleet.ts'
import { nonceSource } from './deliver.ts'
import { GoodAnchors, type LedgerEvents } from './ledger.ts'
import { coapDevice, type LoadDevice, mqttDevice } from './load-device.ts'
import type { LoadCounts, LoadEvent, LoadPlan, LoadResult } from './plan.ts'

/** Windows that are sealed over and over: under a key of its own each time, so never twice the same bytes. */
const WINDOWS = 64
/** Windows under one data key: the 15 minutes of the default key epoch. */
const EPOCH = 15
/** Devices of several generators take turns. */
const GENERATORS_LIMIT = 2
/** Room for 7,200 windows of each device before now. */
const DAYS_BACK = 5
const TELL_MS = 1_000
/** Longest that the last receipts may take. */
const DRAIN_MS = 45_000
const DRAIN_LOOK_MS = 5
/** Between two looks at what is due in a paced load. */
const TICK_MS = 2

const tell = (event: LoadEvent) => process.send?.(event)

/** Runs one plan: seals, connects, sends, verifies receipts, and says how it went. */
class Generator {
  readonly #plan: LoadPlan
  readonly #counts = { sent: 0, answered: 0, receipted: 0, refused: 0, busy: 0, forged: 0 }
  readonly #latenciesMs: number[] = []
  readonly #ackMs: number[] = []
  readonly #queues: SealedPiece[][] = []
  readonly #minutes: number[] = []
  /** Looks again whether a device may send. */
  readonly #onward: (() => void)[] = []
  readonly #windows: readonly Uint8Array[]
  readonly #begin: number
  #devices: readonly LoadDevice[] = []
  #blockBytes = 0
  #sealMs = 0
  #isSending = false
  #lastSentAt = 0
  #lastReceiptAt = 0
  #fault: Error | undefined

  constructor(plan: LoadPlan) {
    this.#plan = plan
    // Some days back: nothing may end after now.
    this.#begin = Date.now() - DAYS_BACK * DAY_MS
    const boot = toHex(randomBytes(8)) as string as BootId
    this.#windows = Array.from({ length: WINDOWS }, () => noisyWindow(this.#begin as UnixMs, boot))
  }

  get counts(): LoadCounts {
    return this.#counts
  }

  /** @param go - resolves when everybody is ready */
  async run(go: Promise<unknown>): Promise<LoadResult> {
    await this.#connect()
    const { pace, warmUpMs, measureMs } = this.#plan
    if (pace.kind === 'closed') await this.#sealAhead(pace.sealed)
    tell({ kind: 'ready' })
    await this.#unlessLost(go)
    const telling = setInterval(() => tell({ kind: 'progress', ...this.#counts }), TELL_MS)
    this.#isSending = true
    const sending = pace.kind === 'closed' ? this.#sendClosed(pace) : this.#sendPaced(pace)
    await this.#unlessLost(Promise.race([delay(warmUpMs), sending]))
    const window = await this.#window(measureMs, sending)
    this.#isSending = false
    for (const next of this.#onward) next()
    await this.#unlessLost(sending)
    if (!this.#plan.isBare) await this.#unlessLost(this.#drain())
    clearInterval(telling)
    await Promise.all(this.#devices.map((device) => device.close()))
    return {
      ...this.#counts,
      ...window,
      latenciesMs: this.#latenciesMs,
      ackMs: this.#ackMs,
      drainMs: this.#lastReceiptAt - this.#lastSentAt,
      blockBytes: this.#blockBytes,
      sealed: pace.kind === 'closed' ? pace.sealed : 0,
      sealMs: this.#sealMs,
      repeats: this.#devices.reduce((sum, { repeats }) => sum + repeats, 0),
    }
  }

  async #connect(): Promise<void> {
    const { target, devices, door, isBare, firstDevice = 0 } = this.#plan
    const anchors = new GoodAnchors(target, await loadRecover())
    const nonce = nonceSource(target)
    const opened: LoadDevice[] = []
    for (const [index, { key, labelKeys }] of devices.entries()) {
      const fleet = new FleetDevice(target.realm, labelKeys, nativeSigner(key))
      const onLost = (cause: Error) => {
        this.#fault ??= cause
      }
      const place = GENERATORS_LIMIT * index + firstDevice
      const deps = { fleet, anchors, nonce, onLost, events: this.#eventsOf(index) }
      opened.push(
        door === 'mqtt'
          ? await mqttDevice(place, target, isBare, deps)
          : await coapDevice(place, target, deps),
      )
      this.#queues.push([])
      this.#minutes.push(0)
    }
    this.#devices = opened
  }

  #eventsOf(index: number): LedgerEvents {
    return {
      onReceipt: (begunAt) => {
        this.#lastReceiptAt = performance.now()
        this.#counts.receipted++
        this.#latenciesMs.push(this.#lastReceiptAt - begunAt)
        this.#onward[index]?.()
      },
      onBusy: (piece, begunAt, delayMs) => {
        this.#counts.busy++
        setTimeout(() => this.#devices[index]?.send(piece, begunAt, () => {}), delayMs)
      },
      onRefused: () => {
        this.#counts.refused++
      },
      onForged: () => {
        this.#counts.forged++
      },
    }
  }

  #seal(index: number): SealedPiece {
    const device = this.#devices[index]
    const minute = this.#minutes[index] ?? 0
    this.#minutes[index] = minute + 1
    const window = this.#windows[(index + minute) % WINDOWS]
    if (device === undefined || window === undefined) throw new RangeError(`no device ${index}`)
    // Each at its own place in the quarter of an hour, as real ones are: or all would renew at once.
    if ((minute + index) % EPOCH === 0) device.fleet.renewDataKey()
    return device.fleet.seal(window, (this.#begin + minute * MINUTE_MS) as UnixMs)
  }

  async #sealAhead(count: number): Promise<void> {
    const began = performance.now()
    for (let sealed = 0; sealed < count; sealed++) {
      const index = sealed % this.#devices.length
      this.#queues[index]?.push(this.#seal(index))
      if (sealed % 1_000 === 0) {
        tell({ kind: 'sealing', sealed })
        await delay(0)
      }
    }
    // Taken from the end, and to be sent in the order in which they were sealed.
    for (const queue of this.#queues) queue.reverse()
    this.#sealMs = performance.now() - began
  }

  #send(index: number, piece: SealedPiece, begunAt: number, then: () => void): void {
    const sentAt = performance.now()
    this.#counts.sent++
    this.#blockBytes += piece.block.length
    this.#lastSentAt = sentAt
    this.#devices[index]?.send(piece, begunAt, () => {
      this.#counts.answered++
      this.#ackMs.push(performance.now() - sentAt)
      then()
    })
  }

  /** Each device sends on as soon as it may, until told to stop or nothing is left. */
  async #sendClosed({ inFlight, unproven }: { readonly inFlight: number; readonly unproven: number }) {
    await Promise.all(
      this.#devices.map(
        ({ ledger }, index) =>
          new Promise<void>((resolve) => {
            let open = 0
            const next = () => {
              while (open < inFlight && ledger.waiting < unproven && this.#isSending) {
                const piece = this.#queues[index]?.pop()
                if (piece === undefined) break
                // A broker that looks at nothing may have the same again: it would empty any queue.
                if (this.#plan.isBare) this.#queues[index]?.unshift(piece)
                open++
                this.#send(index, piece, performance.now(), () => {
                  open--
                  next()
                })
              }
              const isOver = !this.#isSending || this.#queues[index]?.length === 0
              if (open === 0 && isOver) resolve()
            }
            this.#onward[index] = next
            next()
          }),
      ),
    )
  }

  async #sendPaced({ perSecond, share = 0 }: { readonly perSecond: number; readonly share?: number }) {
    const began = performance.now()
    let due = 0
    while (this.#isSending && this.#fault === undefined) {
      // Not all at once after a pause: a device seals when its window is full, not when there is time.
      const limit = Math.floor(((performance.now() - began) / 1_000) * perSecond + 1 - share)
      for (; due < limit; due++) {
        const index = due % this.#devices.length
        const begunAt = performance.now()
        this.#send(index, this.#seal(index), begunAt, () => {})
      }
      await delay(TICK_MS)
    }
  }

  async #window(measureMs: number, sending: Promise<void>) {
    const before = { ...this.#counts }
    const cpu = process.cpuUsage()
    const lag = monitorEventLoopDelay({ resolution: 5 })
    lag.enable()
    const began = performance.now()
    tell({ kind: 'window', edge: 'begin' })
    await this.#unlessLost(Promise.race([delay(measureMs), sending]))
    const ms = performance.now() - began
    tell({ kind: 'window', edge: 'end' })
    lag.disable()
    const used = process.cpuUsage(cpu)
    return {
      window: {
        ms,
        answered: this.#counts.answered - before.answered,
        receipted: this.#counts.receipted - before.receipted,
      },
      cpuSec: (used.user + used.system) / 1e6,
      loopDelayMs: { p50: lag.percentile(50) / 1e6, p99: lag.percentile(99) / 1e6 },
    }
  }

  async #drain(): Promise<void> {
    const deadline = performance.now() + DRAIN_MS
    while (this.#devices.some(({ ledger }) => ledger.waiting > 0)) {
      if (performance.now() > deadline) return
      await delay(DRAIN_LOOK_MS)
    }
  }

  async #unlessLost<T>(work: Promise<T>): Promise<T> {
    const watch = new AbortController()
    const lost = (async () => {
      for (;;) {
        if (this.#fault !== undefined) throw this.#fault
        await delay(100, undefined, { signal: watch.signal })
      }
    })()
    try {
      return await Promise.race([work, lost])
    } finally {
      watch.abort()
      lost.catch(() => {})
    }
  }
}

process.once('disconnect', () => process.exit(1))
process.once('message', (plan: LoadPlan) => {
  const go = once(process, 'message')
  new Generator(plan).run(go).then(
    (result) => process.send?.({ kind: 'done', result } satisfies LoadEvent, () => process.exit(0)),
    (cause: unknown) => {
      console.error(cause)
      process.exit(1)
    },
  )
})
