import type { UnixMs } from '@hygeia/protocol/units'
import type { DeviceConfig } from '../support/device.ts'

/** The recording has one row a minute. */
const PERIOD_MS = 60_000

export interface Played {
  /** Time of the recording's first minute. */
  readonly start: UnixMs
  /** Minutes of the recording in a minute of ours. */
  readonly speed: number
}

export interface BedsideOptions {
  readonly played: Played
  readonly windowMs: number
  /** Takes what the simulated chips hand out. */
  readonly ledgerFile: string
  /** When a hospital that is away is passed over, where the agent's defaults are too patient. */
  readonly failOver?: NonNullable<DeviceConfig['uplink']>['failOver']
}

function simulation(
  { start, speed }: Played,
  ledgerFile: string,
  feeds: NonNullable<DeviceConfig['simulation']>['feeds'],
) {
  return {
    source: { kind: 'recording' as const },
    time: { startUnixMs: start, speed },
    feeds,
    ledgerFile,
  }
}

/** A pulse-oximeter hub that plays heart rate and SpO2, sending over MQTT. */
export function oximeterBedside({ played, windowMs, ledgerFile, failOver }: BedsideOptions): DeviceConfig {
  return {
    logLevel: 'warn',
    sensors: [
      {
        name: 'oximeter',
        kind: 'max32664',
        resetLine: 4,
        mfioLine: 17,
        channels: [
          { channel: 'heart-rate', from: 'heart-rate', periodMs: PERIOD_MS },
          { channel: 'spo2', from: 'spo2', periodMs: PERIOD_MS },
        ],
      },
    ],
    sampling: { synchronisation: 'assume' },
    simulation: simulation(played, ledgerFile, {}),
    // The recording has a row a minute: what is journaled every second at a bedside is every window here.
    batch: { windowMs: { vitals: windowMs }, journalMs: windowMs },
    uplink: { kind: 'mqtt', failOver },
  }
}

/** A second hub that plays the pulse, a skin thermometer and an event button, sending over CoAP. */
export function thermometerBedside(
  { played, windowMs, ledgerFile, failOver }: BedsideOptions,
  presses: readonly number[],
): DeviceConfig {
  return {
    logLevel: 'warn',
    sensors: [
      {
        name: 'oximeter',
        kind: 'max32664',
        resetLine: 4,
        mfioLine: 17,
        channels: [{ channel: 'pulse', from: 'heart-rate', periodMs: PERIOD_MS }],
      },
      {
        name: 'thermometer',
        kind: 'tmp117',
        address: '0x48',
        channels: [{ channel: 'skin-temperature', from: 'temperature', periodMs: PERIOD_MS }],
      },
      { name: 'button', kind: 'button', line: 27, channels: [{ channel: 'patient-event', from: 'press' }] },
    ],
    sampling: { synchronisation: 'assume' },
    simulation: simulation(played, ledgerFile, {
      oximeter: { 'heart-rate': 'pulse_rate_bpm' },
      button: { presses: [...presses] },
    }),
    // The recording has a row a minute: what is journaled every second at a bedside is every window here.
    batch: { windowMs: { vitals: windowMs }, journalMs: windowMs },
    uplink: { kind: 'coap', failOver },
  }
}

/** Span of a live batch: short, so that somebody who watches sees it move. */
const LIVE_WINDOW_MS = 5_000

const live = {
  logLevel: 'warn',
  sampling: { synchronisation: 'assume' },
  batch: { windowMs: { vitals: LIVE_WINDOW_MS } },
} as const

/** A made-up resting patient at a pulse oximeter, once a second, over MQTT. */
export const liveOximeter: DeviceConfig = {
  ...live,
  sensors: [
    {
      name: 'oximeter',
      kind: 'max32664',
      resetLine: 4,
      mfioLine: 17,
      channels: [
        { channel: 'heart-rate', from: 'heart-rate' },
        { channel: 'spo2', from: 'spo2' },
      ],
    },
  ],
  simulation: { source: { kind: 'noise' } },
  uplink: { kind: 'mqtt' },
}

/** The same patient's electrocardiogram, 250 times a second. */
export const liveElectrodes: DeviceConfig = {
  ...live,
  batch: { windowMs: { ecg: LIVE_WINDOW_MS } },
  sensors: [
    {
      name: 'ecg',
      kind: 'ads1115',
      readyLine: 22,
      leadOffLines: [5, 6],
      channels: [{ channel: 'ecg-ii', from: 'voltage' }],
    },
  ],
  simulation: { source: { kind: 'noise' } },
  uplink: { kind: 'mqtt' },
}

/** The same patient's skin temperature, over CoAP. */
export const liveThermometer: DeviceConfig = {
  ...live,
  sensors: [
    {
      name: 'thermometer',
      kind: 'tmp117',
      address: '0x48',
      channels: [{ channel: 'skin-temperature', from: 'temperature' }],
    },
  ],
  simulation: { source: { kind: 'noise' } },
  uplink: { kind: 'coap' },
}
