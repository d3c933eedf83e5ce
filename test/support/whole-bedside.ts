import { MINUTE_MS, type UnixMs } from '@hygeia/protocol/units'
import type { DeviceConfig } from './device.ts'
import { ledgerOf } from './noisy-bedside.ts'

export interface WholeBedside {
  /** Of the device. */
  readonly dir: string
  /** Time of the first sample. */
  readonly start: UnixMs
  /** Simulated seconds a second. */
  readonly speed: number
  /** When the patient presses the button, in ms since the first sample. */
  readonly presses: readonly number[]
  /** File that the oximeter plays; when it ends and all is delivered, the agent leaves. */
  readonly recording: string
  readonly windowMs: number
  readonly journalMs: number
  /** Batches on their way at once. */
  readonly inFlight: number
}

/** What an oximeter plays for so long: pulse and saturation that differ from minute to minute. */
export function playedMinutes(
  minutes: number,
  pulseAt = (minute: number) => 70 + 10 * Math.sin(minute / 10) + (minute % 7) / 10,
): string {
  const rows = Array.from({ length: minutes }, (_, minute) => {
    const spo2 = 96 + Math.sin(minute / 17) + (minute % 5) / 10
    return `${minute},${pulseAt(minute).toFixed(1)},${spo2.toFixed(1)}`
  })
  return ['minute,heart_rate_bpm,spo2_percent', ...rows, ''].join('\n')
}

/**
 * A bed with something of every priority: four channels at 1 Hz, of which the room's temperature matters least, a
 * movement sensor in place of a waveform, of which no machine can play a day in a minute, and a button.
 */
export function wholeBedside(options: WholeBedside): DeviceConfig {
  const { dir, start, speed, presses, recording, windowMs, journalMs, inFlight } = options
  const thermometer = (name: string, address: string, channel: string) => ({
    name,
    kind: 'tmp117' as const,
    address,
    channels: [{ channel, from: 'temperature' as const }],
  })
  return {
    logLevel: 'warn',
    sensors: [
      {
        name: 'oximeter',
        kind: 'max32664',
        resetLine: 4,
        mfioLine: 17,
        channels: [
          { channel: 'pulse', from: 'heart-rate' },
          { channel: 'spo2', from: 'spo2' },
        ],
      },
      thermometer('skin', '0x48', 'skin-temperature'),
      thermometer('room', '0x49', 'room-temperature'),
      {
        name: 'belt',
        kind: 'mpu6050',
        channels: [{ channel: 'movement', from: 'movement', periodMs: 3_000 }],
      },
      { name: 'button', kind: 'button', line: 27, channels: [{ channel: 'patient-event', from: 'press' }] },
    ],
    sampling: { synchronisation: 'assume' },
    simulation: {
      source: { kind: 'recording', file: recording },
      time: { startUnixMs: start, speed },
      feeds: { button: { presses: [...presses] } },
      ledgerFile: ledgerOf(dir),
    },
    batch: {
      windowMs: { vitals: windowMs, ecg: windowMs, activity: windowMs, environment: windowMs },
      journalMs,
    },
    seal: { priorities: { activity: 'ecg' } },
    uplink: { kind: 'mqtt', inFlight, retryLimitMs: 500 },
    editor: { headless: true },
    status: { everyMs: 100 },
  }
}

/** The agent believes a press once the contact has been still for so long. */
export const DEBOUNCE_MS = 30

/** Where a recording may start that is to be over by now: at a whole minute. */
export const startBefore = (durationMs: number) =>
  (Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS - durationMs) as UnixMs
