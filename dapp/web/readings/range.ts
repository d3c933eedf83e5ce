import type { TimeRange } from '@hygeia/dapp/physician/library'
import { HOUR_MS, type UnixMs } from '@hygeia/protocol/units'

/** The last `lengthMs`, to an hour after now: clocks differ. */
export function until(now: number, lengthMs: number): TimeRange {
  return { from: (now - lengthMs) as UnixMs, to: (now + HOUR_MS) as UnixMs }
}
