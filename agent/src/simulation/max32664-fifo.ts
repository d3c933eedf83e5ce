import type { MonotonicMs } from '@hygeia/protocol/units'
import type { Signal } from './signal.ts'

// Written from UG7087 table 9 and not from the driver, so that one can be wrong without the other.
const REPORT_BYTES = 6
const PERIOD_MS = 10
const NO_OBJECT = 0
const FINGER = 3

export interface FifoOptions {
  /** Beats a minute; 0 is sent while there is none but there is a finger. */
  readonly heartRate: Signal
  /** In %. */
  readonly spo2: Signal
  /** What the algorithm claims while there is a finger, 0 to 100 %. */
  readonly confidence: number
  /** How many reports fit. */
  readonly depth: number
}

/**
 * Output FIFO of the algorithm: a report every 10 ms.
 *
 * The guide does not say which reports an overflow loses; this one loses the new ones, which is harder on the
 * host: what it then reads is old.
 */
export class Max32664Fifo {
  readonly #options: FifoOptions
  readonly #since: number
  #seen = 0
  #held: MonotonicMs[] = []
  #isOverflowed = false

  constructor(options: FifoOptions, since: MonotonicMs) {
    this.#options = options
    this.#since = since
  }

  /** How many reports wait at `now`. */
  count(now: MonotonicMs): number {
    this.#catchUp(now)
    return this.#held.length
  }

  /** Whether reports were lost since this was last asked. */
  takeOverflow(now: MonotonicMs): boolean {
    this.#catchUp(now)
    const isOverflowed = this.#isOverflowed
    this.#isOverflowed = false
    return isOverflowed
  }

  /** Take up to `count` reports out, oldest first; zeros where there are no more. */
  take(count: number, now: MonotonicMs): Uint8Array {
    this.#catchUp(now)
    const reports = new DataView(new ArrayBuffer(count * REPORT_BYTES))
    for (const [index, at] of this.#held.splice(0, count).entries()) {
      this.#write(reports, index * REPORT_BYTES, at)
    }
    return new Uint8Array(reports.buffer)
  }

  #catchUp(now: MonotonicMs): void {
    const made = Math.floor((now - this.#since) / PERIOD_MS)
    const room = this.#options.depth - this.#held.length
    const fitting = Math.min(made - this.#seen, room)
    for (let made = 1; made <= fitting; made++) {
      this.#held.push((this.#since + (this.#seen + made) * PERIOD_MS) as MonotonicMs)
    }
    if (made - this.#seen > room) this.#isOverflowed = true
    this.#seen = made
  }

  #write(reports: DataView, offset: number, at: MonotonicMs): void {
    const [heartRate, spo2] = [this.#options.heartRate(at), this.#options.spo2(at)]
    const hasFinger = heartRate !== undefined || spo2 !== undefined
    reports.setUint16(offset, Math.round((heartRate ?? 0) * 10))
    reports.setUint8(offset + 2, hasFinger ? this.#options.confidence : 0)
    reports.setUint16(offset + 3, Math.round((spo2 ?? 0) * 10))
    reports.setUint8(offset + 5, hasFinger ? FINGER : NO_OBJECT)
  }
}
