import type { Batch } from '../../src/batch/batch.ts'
import { channelNamed } from '../../src/channel.ts'
import { parseBootId } from '../../src/ids.ts'
import type { MonotonicMs } from '../../src/units.ts'

/**
 * Readings as the chips give them: MAX32664 heart rates are smoothed and move by tenths, its SpO2 rarely by one;
 * TMP117 has a noise of about one count (SNOSD82D, figure 6-3) on a slow drift.
 */
export class Noise {
  #state: number
  #rate = 760
  #trend = 0
  #oxygen = 970
  #warmth = 4_290

  constructor(seed: number) {
    this.#state = seed
  }

  /** Counts of heart rate, pulse, SpO2 and skin temperature a second later. */
  next(): readonly [rate: number, pulse: number, oxygen: number, warmth: number] {
    this.#trend = this.#trend * 0.8 + this.normal() * 0.7
    this.#rate += this.#trend
    this.#oxygen += this.uniform() < 0.15 ? Math.sign(970 - this.#oxygen + this.normal() * 8) : 0
    this.#warmth += this.normal() * 0.1
    return [
      Math.round(this.#rate),
      Math.round(this.#rate + this.normal()),
      this.#oxygen,
      Math.round(this.#warmth + this.normal()),
    ]
  }

  uniform(): number {
    this.#state = (Math.imul(this.#state, 1_664_525) + 1_013_904_223) >>> 0
    return this.#state / 2 ** 32
  }

  /** Of variance 1, by twelve uniform ones. */
  normal(): number {
    return Array.from({ length: 12 }, () => this.uniform()).reduce((sum, each) => sum + each) - 6
  }
}

/** A minute of four channels at 1 Hz, each sample up to `jitterMs` late. */
export function minuteOf(noise: Noise, minute: number, jitterMs: number): Batch {
  const seconds = Array.from({ length: 60 }, (_, second) => ({
    at: (98_765_432 +
      minute * 60_000 +
      second * 1_000 +
      Math.round(noise.uniform() * jitterMs)) as MonotonicMs,
    counts: noise.next(),
  }))
  const columns = ['heart-rate', 'pulse', 'spo2', 'skin-temperature'].map((name, index) => {
    const { name: channel, perUnit } = channelNamed(name)
    const samples = seconds.map(({ at, counts }) => ({ channel, at, value: Number(counts[index]) / perUnit }))
    return { channel, samples }
  })
  return {
    time: { boot: parseBootId('0x8899aabbccddeeff'), offsetMs: 1_800_000_000_123, steps: [] },
    columns,
  }
}
