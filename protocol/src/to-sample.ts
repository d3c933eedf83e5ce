import type { Channel } from './channel.ts'
import type { Reading, Sample } from './sample.ts'
import type { MonotonicMs } from './units.ts'

/**
 * The sample that a reading is.
 *
 * A value goes to the nearest step of its channel, which for the sensors here is the step they measure in; one
 * outside of what such a sensor can measure is kept and marked.
 */
export function toSample(channel: Channel, at: MonotonicMs, reading: Reading): Sample {
  if ('missing' in reading) return { channel: channel.name, at, missing: reading.missing }
  if (!Number.isFinite(reading.value)) return { channel: channel.name, at, missing: 'sensor-error' }
  const value = Math.round(reading.value * channel.perUnit) / channel.perUnit
  const isPlausible = value >= channel.min && value <= channel.max
  return { channel: channel.name, at, value, ...(isPlausible ? {} : { suspect: true }) }
}
