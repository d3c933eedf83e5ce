import type * as z from 'zod'
import { rateOf, SensorConfig } from '../sampling/config.ts'
import type { SignalConfig } from '../signals/config.ts'
import type { ChipKind } from './identify.ts'

/** As a configuration is written. */
export type WrittenSensor = z.input<typeof SensorConfig>
export type WrittenSignal = z.input<typeof SignalConfig>

/** A chip that is there and that no sensor of the configuration is for. */
export interface NewChip {
  readonly bus: number
  readonly address: number
  readonly kind: ChipKind
  /** What an ADS1115 is wired to; without it the chip cannot be used. */
  readonly adc?: AdcUse
  /** Of a MAX30102, where somebody looked. */
  readonly areLedsSwapped?: boolean | undefined
}

export interface AdcUse {
  /** An AD8232 on input A0, a belt on A0, or the one on A0 and the other on A1. */
  readonly inputs: 'ecg' | 'belt' | 'both'
  /** Whether ALERT/RDY, and the AD8232's LO+ and LO-, are wired to the lines that `LINES` has for them. */
  readonly hasReady: boolean
  readonly hasLeadOff: boolean
}

export interface Proposal {
  readonly sensors: readonly WrittenSensor[]
  readonly signals: readonly WrittenSignal[]
  /** Chips that are left out although they are known: what they measure has another source, or nobody said its use. */
  readonly leftOut: readonly NewChip[]
}

/** Name, and for each quantity the channels it may fill, best first. */
interface Wish {
  readonly name: string
  readonly quantities: readonly (readonly [from: string, channels: readonly string[]])[]
}

const WISHES: Readonly<Record<Exclude<ChipKind, 'ads1115'>, Wish>> = {
  tmp117: { name: 'thermometer', quantities: [['temperature', ['skin-temperature']]] },
  max32664: {
    name: 'oximeter',
    quantities: [
      ['heart-rate', ['pulse']],
      ['spo2', ['spo2']],
    ],
  },
  bme280: {
    name: 'room',
    quantities: [
      ['temperature', ['room-temperature']],
      ['humidity', ['room-humidity']],
      ['pressure', ['room-pressure']],
    ],
  },
  mlx90614: {
    name: 'infrared-thermometer',
    quantities: [
      ['temperature', ['skin-temperature']],
      ['ambient', ['room-temperature']],
    ],
  },
  // Half a degree is too coarse for skin.
  lm75: {
    name: 'coarse-thermometer',
    quantities: [['temperature', ['room-temperature']]],
  },
  mpu6050: { name: 'movement', quantities: [['movement', ['movement']]] },
  max30102: {
    name: 'optical',
    quantities: [
      ['infrared', ['ppg-infrared']],
      ['red', ['ppg-red']],
    ],
  },
}
const ADS1115_WISHES: Readonly<Record<AdcUse['inputs'], Wish>> = {
  ecg: { name: 'ecg', quantities: [['voltage', ['ecg-i', 'ecg-ii']]] },
  belt: { name: 'belt', quantities: [['voltage', ['respiration']]] },
  both: {
    name: 'ecg-and-belt',
    quantities: [
      ['a0', ['ecg-i', 'ecg-ii']],
      ['a1', ['respiration']],
    ],
  },
}
/** Who may choose a channel before whom: the better thermometer before the coarser one. */
const ORDER: readonly ChipKind[] = [
  'tmp117',
  'max32664',
  'bme280',
  'mlx90614',
  'lm75',
  'mpu6050',
  'max30102',
  'ads1115',
]

/** GPIO lines that a new chip is wired to; the default configuration has the hub's and the button's. */
export const LINES = { reset: 4, mfio: 17, ready: 5, leadOff: [6, 13] } as const

/**
 * The sensors and signals that a configuration would have with `chips` in it.
 *
 * @param kept - as written before; what is there stays as it is
 */
export function propose(kept: Pick<Proposal, 'sensors' | 'signals'>, chips: readonly NewChip[]): Proposal {
  const sensors = [...kept.sensors]
  const leftOut: NewChip[] = []
  const measured = new Set(sensors.flatMap(({ channels }) => channels.map(({ channel }) => channel)))
  const isKept = (one: WrittenSignal) =>
    measured.has(one.from) && (one.kind !== 'spo2' || measured.has(one.red))
  const derived = new Set(kept.signals.filter(isKept).flatMap(filledBy))
  for (const chip of [...chips].sort((a, b) => ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind))) {
    const wish = wishOf(chip)
    const channels = (wish?.quantities ?? []).flatMap(([from, wanted]) => {
      const channel = wanted.find((name) => !measured.has(name) && !derived.has(name))
      if (channel === undefined) return []
      measured.add(channel)
      return [{ channel, from }]
    })
    if (wish === undefined || channels.length === 0) {
      leftOut.push(chip)
      continue
    }
    const name = freeName(wish.name, new Set(sensors.map((one) => one.name)))
    sensors.push(sensorOf(chip, name, channels))
  }
  const signals = kept.signals.filter(isKept)
  const filled = new Set([...measured, ...derived])
  for (const from of ['ecg-i', 'ecg-ii', 'ppg-infrared', 'respiration']) {
    if (!measured.has(from) || signals.some((one) => one.from === from && one.kind !== 'spo2')) continue
    const signal = signalOf(from, rateIn(sensors, from), filled)
    if (signal === undefined) continue
    signals.push(signal)
    for (const name of filledBy(signal)) filled.add(name)
  }
  const hasLight = measured.has('ppg-infrared') && measured.has('ppg-red')
  // Beside a calibrated one it would only raise the question which is right.
  if (hasLight && !filled.has('spo2') && !signals.some(({ kind }) => kind === 'spo2')) {
    signals.push({ kind: 'spo2', from: 'ppg-infrared', red: 'ppg-red' })
  }
  return { sensors, signals, leftOut }
}

/** Address as datasheets write it. */
export function addressText(address: number): string {
  return `0x${address.toString(16).padStart(2, '0')}`
}

function wishOf({ kind, adc }: NewChip): Wish | undefined {
  if (kind !== 'ads1115') return WISHES[kind]
  return adc === undefined ? undefined : ADS1115_WISHES[adc.inputs]
}

function sensorOf(chip: NewChip, name: string, channels: unknown): WrittenSensor {
  const { kind, bus, address } = chip
  const where = { ...(bus === 1 ? {} : { bus }), address: addressText(address) }
  // Whoever writes it checks the configuration as a whole.
  return { name, kind, ...where, ...fieldsOf(chip), channels } as WrittenSensor
}

function fieldsOf({ kind, adc, areLedsSwapped }: NewChip): object {
  if (kind === 'max32664') return { resetLine: LINES.reset, mfioLine: LINES.mfio }
  if (kind === 'max30102') return areLedsSwapped === undefined ? {} : { areLedsSwapped }
  if (kind !== 'ads1115' || adc === undefined) return {}
  const leadOff = adc.hasLeadOff ? { leadOffLines: LINES.leadOff } : {}
  if (adc.inputs === 'both') {
    return { inputs: { a0: { frontEnd: 'ad8232' }, a1: { frontEnd: 'none' } }, ...leadOff }
  }
  const ready = adc.hasReady ? { readyLine: LINES.ready } : {}
  return adc.inputs === 'ecg' ? { ...ready, ...leadOff, frontEnd: 'ad8232' } : { ...ready, frontEnd: 'none' }
}

/** What is worth deriving of a waveform and has no source yet; nothing when there is no such thing. */
function signalOf(
  from: string,
  rateHz: number | undefined,
  filled: ReadonlySet<string>,
): WrittenSignal | undefined {
  const free = (...names: readonly string[]) => names.find((name) => !filled.has(name))
  const outputs =
    from === 'respiration'
      ? { respiratoryRate: free('respiratory-rate') }
      : from === 'ppg-infrared'
        ? { heartRate: free('pulse', 'heart-rate'), respiratoryRate: free('respiratory-rate') }
        : { heartRate: free('heart-rate'), rrInterval: free('rr-interval'), quality: free('signal-quality') }
  const named = Object.fromEntries(Object.entries(outputs).filter(([, name]) => name !== undefined))
  if (Object.keys(named).length === 0) return undefined
  const kind = from === 'respiration' ? 'belt' : from === 'ppg-infrared' ? 'ppg' : 'ecg'
  return { kind, from, ...(rateHz === undefined ? {} : { rateHz }), ...named } as WrittenSignal
}

/** Values a second of a channel, where the chip's configuration decides on them. */
function rateIn(sensors: readonly WrittenSensor[], channel: string): number | undefined {
  const sensor = sensors.find(({ channels }) => channels.some((one) => one.channel === channel))
  const parsed = SensorConfig.safeParse(sensor)
  return parsed.success ? rateOf(parsed.data) : undefined
}

function filledBy(signal: WrittenSignal): readonly string[] {
  if (signal.kind === 'spo2') return []
  const { kind: _kind, from: _from, ...rest } = signal
  return Object.values(rest).filter((value) => typeof value === 'string')
}

function freeName(wanted: string, taken: ReadonlySet<string>): string {
  for (let count = 1; ; count++) {
    const name = count === 1 ? wanted : `${wanted}-${count}`
    if (!taken.has(name)) return name
  }
}
