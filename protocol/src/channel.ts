import { MalformedError } from './errors.ts'
import type { Brand } from './units.ts'

/** What a batch holds; a label, and so a permission, is for one category. Every waveform is in that of the ECG. */
export const CATEGORIES = ['vitals', 'ecg', 'activity', 'environment', 'alert'] as const
export type Category = (typeof CATEGORIES)[number]

/** Name of a channel, as configuration and exports write it. */
export type ChannelName = Brand<string, 'ChannelName'>

/** One kind of measured value. */
export interface Channel {
  readonly name: ChannelName
  /** Number on the wire; never reused. */
  readonly id: number
  readonly category: Category
  /** LOINC codes, most general first; none for the project's own event channels. */
  readonly loinc: readonly string[]
  /** ISO/IEEE 11073-10101 (MDC) code, for ECG leads. */
  readonly mdc?: number
  readonly display: string
  /** UCUM unit; `1` is dimensionless. */
  readonly unit: string
  /** Counts a unit: a value is kept as the integer `value × perUnit`. */
  readonly perUnit: number
  /** What a sensor can measure, inclusive; a value outside is kept and marked suspect. */
  readonly min: number
  readonly max: number
}

type Row = readonly [
  id: number,
  name: string,
  category: Category,
  loinc: readonly string[],
  display: string,
  unit: string,
  perUnit: number,
  min: number,
  max: number,
  mdc?: number,
]

// perUnit follows the finest sensor of that kind: MAX32664 tenths, TMP117 1/128 °C (SNOSD82D §7.3.3).
// biome-ignore format: a table reads as a table
const ROWS: readonly Row[] = [
  [1, 'heart-rate', 'vitals', ['8867-4'], 'Heart rate', '/min', 10, 20, 300],
  [2, 'pulse', 'vitals', ['8889-8', '8867-4'], 'Heart rate by pulse oximetry', '/min', 10, 20, 300],
  [3, 'spo2', 'vitals', ['2708-6', '59408-5'], 'Oxygen saturation in arterial blood by pulse oximetry', '%', 10, 0, 100],
  [4, 'respiratory-rate', 'vitals', ['9279-1'], 'Respiratory rate', '/min', 10, 0, 150],
  [5, 'systolic', 'vitals', ['8480-6'], 'Systolic blood pressure', 'mm[Hg]', 10, 0, 300],
  [6, 'diastolic', 'vitals', ['8462-4'], 'Diastolic blood pressure', 'mm[Hg]', 10, 0, 300],
  [7, 'body-temperature', 'vitals', ['8310-5'], 'Body temperature', 'Cel', 128, 10, 50],
  [8, 'skin-temperature', 'vitals', ['39106-0'], 'Skin temperature', 'Cel', 128, 0, 60],
  [9, 'rr-interval', 'vitals', [], 'RR interval', 'ms', 1, 200, 3_000],
  [10, 'signal-quality', 'vitals', [], 'Likeness of the beats that a heart rate is of', '%', 1, 0, 100],
  [11, 'spo2-uncalibrated', 'vitals', [], 'Oxygen saturation by an uncalibrated sensor', '%', 10, 0, 100],
  [12, 'consciousness', 'vitals', [], 'Level of consciousness: 0 alert, 1 new confusion, 2 voice, 3 pain, 4 none', '1', 1, 0, 4],
  [13, 'oxygen', 'vitals', [], 'What is breathed: 0 air, 1 oxygen', '1', 1, 0, 1],
  [14, 'weight', 'vitals', ['29463-7'], 'Body weight', 'kg', 100, 0.2, 500],
  [15, 'symptom', 'vitals', [], 'Symptom and its severity, as protocol/src/symptom has it', '1', 1, 0, 4_095],
  [16, 'ecg-i', 'ecg', [], 'ECG lead I', 'uV', 1, -10_000, 10_000, 131329],
  [17, 'ecg-ii', 'ecg', [], 'ECG lead II', 'uV', 1, -10_000, 10_000, 131330],
  [18, 'ppg-infrared', 'ecg', [], 'Photoplethysmogram, infrared', '1', 1, 0, 262_143],
  [19, 'ppg-red', 'ecg', [], 'Photoplethysmogram, red', '1', 1, 0, 262_143],
  [20, 'respiration', 'ecg', [], 'Respiration belt', 'uV', 1, -10_000_000, 10_000_000],
  [32, 'movement', 'activity', [], 'Acceleration', 'm/s2', 1000, 0, 200],
  [48, 'room-temperature', 'environment', ['60832-3'], 'Room temperature', 'Cel', 128, -40, 85],
  [49, 'room-humidity', 'environment', [], 'Relative humidity of the room', '%', 100, 0, 100],
  [50, 'room-pressure', 'environment', [], 'Air pressure in the room', 'hPa', 100, 300, 1_100],
  [64, 'patient-event', 'alert', [], 'Patient pressed the event button', '1', 1, 0, 1],
  [65, 'alarm', 'alert', [], 'Alarm at the bedside, as protocol/src/alarm has it', '1', 1, 0, 8_319],
  [66, 'news2', 'alert', [], 'National Early Warning Score 2, points of each parameter', '1', 1, 0, 2_097_151],
]

/** Every channel, in order of wire number. */
export const CHANNELS: readonly Channel[] = ROWS.map(
  ([id, name, category, loinc, display, unit, perUnit, min, max, mdc]) => ({
    id,
    name: name as ChannelName,
    category,
    loinc,
    display,
    unit,
    perUnit,
    min,
    max,
    ...(mdc === undefined ? {} : { mdc }),
  }),
)

const byName = new Map<string, Channel>(CHANNELS.map((channel) => [channel.name, channel]))
const byId = new Map(CHANNELS.map((channel) => [channel.id, channel]))

/** @throws {MalformedError} when no channel has this name */
export function channelNamed(name: string): Channel {
  const channel = byName.get(name)
  if (channel === undefined)
    throw new MalformedError('channel', `no channel is named ${JSON.stringify(name)}`)
  return channel
}

/** @throws {MalformedError} when no channel has this wire number */
export function channelWithId(id: number): Channel {
  const channel = byId.get(id)
  if (channel === undefined) throw new MalformedError('channel', `no channel has number ${id}`)
  return channel
}
