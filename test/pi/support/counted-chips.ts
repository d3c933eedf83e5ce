import { Max32664Chip } from '@hygeia/agent/simulation/max32664-chip'
import { SimulatedGpio } from '@hygeia/agent/simulation/simulated-gpio'
import { SimulatedI2cBus } from '@hygeia/agent/simulation/simulated-i2c'
import { Tmp117Chip } from '@hygeia/agent/simulation/tmp117-chip'
import type { Address } from '@hygeia/protocol/ids'
import type { MonotonicMs } from '@hygeia/protocol/units'
import { systemClock } from '@hygeia/runtime/clock'
import type { OpenedReadings } from '../../support/opened.ts'
import type { PiConfig } from './bedside-pi.ts'

export const RESET_LINE = 4
export const MFIO_LINE = 17
export const BUTTON_LINE = 27
const TMP117 = 0x48
const MAX32664 = 0x55
/** MAX32664: a report every 10 ms, each with another heart rate, from 30 to 230 /min in tenths. */
const REPORT_MS = 10
const HEART_RATES = 2_000
/** TMP117: a result every half second, each a count of 1/128 °C further, from 20 °C on. */
const RESULT_MS = 500
const CELSIUS_COUNTS = 2_560
/** From the instant that a reading is due at to when its chip is read, on a machine that is busy, either clock being late. */
const APART_MS = 4_000

/** A value that a chip handed out, and when, by the clock outside. */
export interface HandedOut {
  readonly channel: string
  readonly value: number
  readonly atUnixMs: number
}

/**
 * An oximeter and a thermometer that say something else each time they are asked, and a button: what arrives
 * somewhere can be counted against what was said.
 */
export class CountedChips {
  readonly bus = new SimulatedI2cBus({ number: 1 })
  readonly gpio = new SimulatedGpio({ clock: systemClock })
  readonly handedOut: HandedOut[] = []

  constructor() {
    const clock = systemClock
    const temperature = (at: MonotonicMs) => 20 + (Math.floor(at / RESULT_MS) % CELSIUS_COUNTS) / 128
    // Two's complement, but never below zero here; SNOSD82D §7.3.3.
    const onResult = ([high = 0, low = 0]: Uint8Array) =>
      this.#note('skin-temperature', ((high << 8) | low) / 128)
    this.bus.attach(TMP117, new Tmp117Chip({ clock, temperature, onRead: onResult }))
    const heartRate = (at: MonotonicMs) => 30 + (Math.floor(at / REPORT_MS) % HEART_RATES) / 10
    // UG7087 table 9: tenths, high byte first.
    const onReport = ([high = 0, low = 0]: Uint8Array, isAfterOverflow: boolean) => {
      // The agent throws away what piled up while the machine stood still, and asks again.
      if (!isAfterOverflow) this.#note('pulse', ((high << 8) | low) / 10)
    }
    this.bus.attach(
      MAX32664,
      new Max32664Chip(
        {
          heartRate,
          spo2: () => 97,
          resetLine: RESET_LINE,
          mfioLine: MFIO_LINE,
          confidence: 98,
          depth: 120,
          version: [10, 1, 0],
        },
        { clock, gpio: this.gpio, onRead: onReport },
      ),
    )
  }

  /** The sensors of this bedside, for the agent's configuration. @param pulseMs - from reading to reading of the oximeter */
  static sensors(pulseMs: number): PiConfig['sensors'] {
    return [
      {
        name: 'oximeter',
        kind: 'max32664',
        resetLine: RESET_LINE,
        mfioLine: MFIO_LINE,
        channels: [{ channel: 'pulse', from: 'heart-rate', periodMs: pulseMs }],
      },
      {
        name: 'thermometer',
        kind: 'tmp117',
        address: '0x48',
        channels: [{ channel: 'skin-temperature', from: 'temperature' }],
      },
      {
        name: 'button',
        kind: 'button',
        line: BUTTON_LINE,
        channels: [{ channel: 'patient-event', from: 'press' }],
      },
    ]
  }

  #note(channel: string, value: number): void {
    this.handedOut.push({ channel, value, atUnixMs: systemClock.now() })
  }
}

/** What of a device's readings arrived, counted against what its chips handed out. */
export interface Count {
  readonly arrived: number
  /** Handed out, and not arrived. */
  readonly lost: readonly HandedOut[]
  /** Arrived, and not handed out, or more often than it was. */
  readonly invented: readonly string[]
}

export function countReadings(
  handedOut: readonly HandedOut[],
  { values }: Pick<OpenedReadings, 'values'>,
  device: Address,
): Count {
  const places = Map.groupBy(handedOut, ({ channel, value }) => placeOf(channel, value))
  const taken = new Set<HandedOut>()
  const invented: string[] = []
  for (const [name, value] of values) {
    const [from, channel = '', at] = name.split(' ')
    if (from !== device || typeof value !== 'number' || channel === 'patient-event') continue
    const same = places.get(placeOf(channel, value)) ?? []
    const found = same.find((one) => !taken.has(one) && Math.abs(one.atUnixMs - Number(at)) < APART_MS)
    if (found === undefined) invented.push(`${name} ${value}`)
    else taken.add(found)
  }
  return { arrived: taken.size, lost: handedOut.filter((one) => !taken.has(one)), invented }
}

const placeOf = (channel: string, value: number) => `${channel} ${value.toFixed(4)}`
