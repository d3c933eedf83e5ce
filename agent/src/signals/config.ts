import { type Channel, channelNamed } from '@hygeia/protocol/channel'
import * as z from 'zod'
import { channelField as channel } from '../config/fields.ts'

/** How often a derived value is told; what it is told of is the last ten seconds, or the last 32 of breathing. */
const everyMs = z.int().min(1_000).max(60_000)
const common = { from: channel, everyMs: everyMs.default(1_000) }

const EcgSignal = z.strictObject({
  kind: z.literal('ecg'),
  ...common,
  rateHz: z.int().min(100).max(1_000).default(250),
  heartRate: channel.optional(),
  rrInterval: channel.optional(),
  quality: channel.optional(),
})

const PpgSignal = z.strictObject({
  kind: z.literal('ppg'),
  ...common,
  rateHz: z.int().min(25).max(1_000).default(100),
  /** More blood, less light: what a photodiode sees. */
  isInverted: z.boolean().default(true),
  heartRate: channel.optional(),
  quality: channel.optional(),
  respiratoryRate: channel.optional(),
})

const BeltSignal = z.strictObject({
  kind: z.literal('belt'),
  ...common,
  rateHz: z.int().min(8).max(1_000).default(25),
  /** Of the belt, in the unit of its channel, below which nobody wears it. */
  leastSwing: z.number().positive().default(2_000),
  respiratoryRate: channel,
})

/** Oxygen saturation by an uncalibrated curve: `from` is the infrared light. It fills `spo2-uncalibrated`, and nothing else. */
const Spo2Signal = z.strictObject({
  kind: z.literal('spo2'),
  ...common,
  red: channel,
  rateHz: z.int().min(25).max(1_000).default(100),
  /** Of `a·r² + b·r + c`; by default the example of Maxim's UG7087 Rev 0 (table 8), whose MAX30101 has like LEDs. */
  coefficients: z.tuple([z.number(), z.number(), z.number()]).default([1.5958422, -34.659664, 112.68987]),
})

export const SignalConfig = z.discriminatedUnion('kind', [EcgSignal, PpgSignal, BeltSignal, Spo2Signal])
export type SignalConfig = z.infer<typeof SignalConfig>

/** Apart from the calibrated one in name, so that no score and no limit can take it for that. */
export const SPO2 = channelNamed('spo2-uncalibrated')

/** Channels that a signal fills. */
export function outputsOf(signal: SignalConfig): readonly Channel[] {
  return namedBy(signal).filter((one) => one !== undefined)
}

function namedBy(signal: SignalConfig): readonly (Channel | undefined)[] {
  switch (signal.kind) {
    case 'ecg':
      return [signal.heartRate, signal.rrInterval, signal.quality]
    case 'ppg':
      return [signal.heartRate, signal.quality, signal.respiratoryRate]
    case 'belt':
      return [signal.respiratoryRate]
    case 'spo2':
      return [SPO2]
  }
}

/** Waveforms that a signal is derived from, by the field that names them. */
export function inputsOf(signal: SignalConfig): Readonly<Record<string, Channel>> {
  return signal.kind === 'spo2' ? { from: signal.from, red: signal.red } : { from: signal.from }
}

/** What is derived from the waveforms. */
export const SignalsConfig = z.array(SignalConfig)
