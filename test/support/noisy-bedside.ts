import { join } from 'node:path'
import type { UnixMs } from '@hygeia/protocol/units'
import type { DeviceConfig } from './device.ts'

export interface NoisyBedside {
  /** Of the device. */
  readonly dir: string
  readonly kind: 'mqtt' | 'coap'
  /** Time of the first sample. */
  readonly start: UnixMs
  /** Simulated seconds a second. */
  readonly speed: number
  /** From reading to reading of the oximeter. */
  readonly periodMs?: number
  readonly windowMs?: number
  readonly journalMs?: number
  /** When the patient presses the button, in ms since the first sample. */
  readonly presses?: readonly number[]
}

export const ledgerOf = (dir: string) => join(dir, 'ledger.jsonl')

/** An oximeter, a skin thermometer and an event button with a made-up patient, whose chips write down what they say. */
export function noisyBedside(options: NoisyBedside): DeviceConfig {
  const { dir, kind, start, speed, periodMs = 1_000, windowMs = 10_000, presses = [] } = options
  const windows = { vitals: windowMs, ecg: windowMs, activity: windowMs, environment: windowMs }
  return {
    logLevel: 'warn',
    sensors: [
      {
        name: 'oximeter',
        kind: 'max32664',
        resetLine: 4,
        mfioLine: 17,
        channels: [
          { channel: 'pulse', from: 'heart-rate', periodMs },
          { channel: 'spo2', from: 'spo2', periodMs },
        ],
      },
      {
        name: 'thermometer',
        kind: 'tmp117',
        address: '0x48',
        channels: [{ channel: 'skin-temperature', from: 'temperature', periodMs: 1_000 }],
      },
      { name: 'button', kind: 'button', line: 27, channels: [{ channel: 'patient-event', from: 'press' }] },
    ],
    sampling: { synchronisation: 'assume' },
    simulation: {
      source: { kind: 'noise', seed: 7 },
      time: { startUnixMs: start, speed },
      feeds: { button: { presses: [...presses] } },
      ledgerFile: ledgerOf(dir),
    },
    batch: { windowMs: windows, journalMs: options.journalMs ?? 1_000 },
    // A hospital that is away for seconds is looked for every half second.
    uplink: { kind, retryLimitMs: 500, answerMs: 3_000, stallMs: 5_000 },
    status: { everyMs: 250 },
  }
}
