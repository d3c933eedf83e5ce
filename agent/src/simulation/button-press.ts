import type { MonotonicMs } from '@hygeia/protocol/units'
import { isAbort } from '@hygeia/runtime/abort'
import { type Clock, sleep } from '@hygeia/runtime/clock'
import type { Level } from '../hal/gpio.ts'
import type { SimulatedGpio } from './simulated-gpio.ts'

/** How long a finger stays on a button. */
const HELD_MS = 300

export interface Contact {
  readonly line: number
  readonly isActiveLow: boolean
}

/** Press and release a button at `at`, unless that is past or `signal` aborts before. */
export function pressAt(
  at: MonotonicMs,
  { line, isActiveLow }: Contact,
  { clock, gpio }: { clock: Clock; gpio: SimulatedGpio },
  signal: AbortSignal,
): void {
  const [pressed, released]: readonly [Level, Level] = isActiveLow ? [0, 1] : [1, 0]
  if (at < clock.monotonic()) return
  const press = async () => {
    await clock.sleepUntil(at, signal)
    gpio.drive(line, pressed)
    await sleep(clock, HELD_MS, signal)
    gpio.drive(line, released)
  }
  press().catch((cause: unknown) => {
    if (!isAbort(cause)) throw cause
  })
}
