import type { Channel } from '@hygeia/protocol/channel'
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

export const SignalConfig = z.discriminatedUnion('kind', [EcgSignal, PpgSignal, BeltSignal])
export type SignalConfig = z.infer<typeof SignalConfig>

/** Channels that a signal fills. */
export function outputsOf(signal: SignalConfig): readonly Channel[] {
  const named =
    signal.kind === 'ecg'
      ? [signal.heartRate, signal.rrInterval, signal.quality]
      : signal.kind === 'ppg'
        ? [signal.heartRate, signal.quality, signal.respiratoryRate]
        : [signal.respiratoryRate]
  return named.filter((one) => one !== undefined)
}

/** What is derived from the waveforms. */
export const SignalsConfig = z.array(SignalConfig)
