import { readFile } from 'node:fs/promises'
import type { MonotonicMs } from '@hygeia/protocol/units'
import type { Signal } from './signal.ts'

/** A recorded waveform: evenly spaced values. */
export interface Waveform {
  readonly rateHz: number
  readonly values: Float64Array
}

const recording = (name: string) => new URL(`./recordings/${name}`, import.meta.url)

/** 300 s of ECG in µV, input-referred; `recordings/README.md` says whose. */
export async function recordedEcg(): Promise<Waveform> {
  const counts = await readColumn(recording('ecg-360hz.csv'))
  // 200 counts per mV, zero at 1024.
  return { rateHz: 360, values: counts.map((count) => (count - 1_024) * 5) }
}

/** Sample numbers of the beats in it, as cardiologists marked them. */
export function markedBeats(): Promise<Float64Array> {
  return readColumn(recording('ecg-360hz-beats.csv'))
}

/** 300 s of photoplethysmogram in counts, blood upwards. */
export async function recordedPpg(): Promise<Waveform> {
  return { rateHz: 250, values: await readColumn(recording('ppg-250hz.csv')) }
}

/** Played from `from` on, over and over, on lines between its values. */
export function played({ rateHz, values }: Waveform, from: MonotonicMs): (at: MonotonicMs) => number {
  const { length } = values
  return (at) => {
    const place = ((at - from) * rateHz) / 1_000
    const before = Math.floor(place)
    const value = (index: number) => values[((index % length) + length) % length] ?? 0
    return value(before) + (place - before) * (value(before + 1) - value(before))
  }
}

/** What a photodiode sees of it: `level` counts, less where there is more blood. */
export function seen(blood: (at: MonotonicMs) => number, level: number, depth: number): Signal {
  return (at) => level - depth * blood(at)
}

/** The first column of a CSV file with a head. */
async function readColumn(file: URL): Promise<Float64Array> {
  const [, ...rows] = (await readFile(file, 'utf8')).trimEnd().split('\n')
  return Float64Array.from(rows, (row) => Number(row.split(',', 1)[0]))
}
