import type { MonotonicMs } from '@hygeia/protocol/units'
import type { SimulationConfig } from '../sampling/config.ts'
import { SimulationError } from './errors.ts'
import { type NoisyVitals, noisyVitals, skinTemperature } from './noise.ts'
import { ICU_VITALS, readRecording } from './recording.ts'
import type { Signal } from './signal.ts'
import { type Surroundings, surroundingsOf } from './surroundings.ts'

export type Quantity = 'heart-rate' | 'spo2' | 'temperature'

/** What each simulated sensor is exposed to. */
export interface Feeds {
  /** @throws {SimulationError} `COLUMN_MISSING` */
  signal(sensor: string, quantity: Quantity): Signal
  readonly surroundings: Surroundings
  /** When a button is pressed, in ms since the first sample. */
  presses(sensor: string): readonly number[]
  /** How long the recording is; noise never ends. */
  readonly durationMs: number | undefined
}

/** Name of the built-in skin temperature, where a column is named. */
const SKIN = 'skin'

const DEFAULT_COLUMNS: Readonly<Record<Quantity, string>> = {
  'heart-rate': 'heart_rate_bpm',
  spo2: 'spo2_percent',
  temperature: SKIN,
}

/** Names of the made-up patient's signals, where a column is named. */
const NOISE_COLUMNS: Readonly<Record<string, keyof NoisyVitals>> = {
  heart_rate_bpm: 'heartRate',
  pulse_rate_bpm: 'pulse',
  spo2_percent: 'spo2',
  [SKIN]: 'temperature',
}

/**
 * @param origin - when a recording begins
 * @throws {SimulationError} `RECORDING_MALFORMED`
 */
export async function openFeeds(simulation: SimulationConfig, origin: MonotonicMs): Promise<Feeds> {
  const { source, seed } = simulation
  const columnOf = (sensor: string, quantity: Quantity) =>
    simulation.feeds[sensor]?.[quantity] ?? DEFAULT_COLUMNS[quantity]
  const presses = (sensor: string) => simulation.feeds[sensor]?.presses ?? []
  const surroundings = surroundingsOf(seed)

  if (source.kind === 'noise') {
    const vitals = noisyVitals(source.seed)
    return {
      signal: (sensor, quantity) => noiseSignal(vitals, columnOf(sensor, quantity)),
      surroundings,
      presses,
      durationMs: undefined,
    }
  }
  const recording = await readRecording(source.file ?? ICU_VITALS)
  const played = (column: string) =>
    column === SKIN ? skinTemperature(seed) : recording.signal(column, origin)
  return {
    signal: (sensor, quantity) => played(columnOf(sensor, quantity)),
    surroundings,
    presses,
    durationMs: recording.durationMs,
  }
}

function noiseSignal(vitals: NoisyVitals, column: string): Signal {
  const name = NOISE_COLUMNS[column]
  if (name !== undefined) return vitals[name]
  throw new SimulationError(`the made-up patient has no column ${column}`, {
    code: 'COLUMN_MISSING',
    column,
    found: Object.keys(NOISE_COLUMNS),
  })
}
