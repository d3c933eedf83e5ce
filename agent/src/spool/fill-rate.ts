import { HOUR_MS, MINUTE_MS } from '@hygeia/protocol/units'
import type { Clock } from '@hygeia/runtime/clock'

/** Minutes that the rate is an average of. */
const MINUTES = 60
/** How fast the spool would fill if nothing left it: bytes sealed over the last hour. */
export class FillRate {
  readonly #leastMs: number
  readonly #clock: Clock
  readonly #since: number
  #minutes: { readonly minute: number; bytes: number }[] = []

  /** @param leastMs - what was sealed in less says nothing of a rate */
  constructor({ leastMs }: { leastMs: number }, { clock }: { clock: Clock }) {
    this.#leastMs = leastMs
    this.#clock = clock
    this.#since = clock.monotonic()
  }

  add(bytes: number): void {
    const minute = Math.floor(this.#clock.monotonic() / MINUTE_MS)
    const last = this.#minutes.at(-1)
    if (last?.minute === minute) last.bytes += bytes
    else this.#minutes.push({ minute, bytes })
    this.#forgetBefore(minute - MINUTES)
  }

  /** Hours until `roomBytes` are used up; `undefined` when too little was sealed to tell. */
  hoursUntil(roomBytes: number): number | undefined {
    const now = this.#clock.monotonic()
    this.#forgetBefore(Math.floor(now / MINUTE_MS) - MINUTES)
    const bytes = this.#minutes.reduce((sum, minute) => sum + minute.bytes, 0)
    const overMs = Math.min(now - this.#since, MINUTES * MINUTE_MS)
    if (bytes === 0 || overMs < this.#leastMs) return undefined
    return Math.max(0, roomBytes) / (bytes / (overMs / HOUR_MS))
  }

  #forgetBefore(minute: number): void {
    this.#minutes = this.#minutes.filter((one) => one.minute > minute)
  }
}
