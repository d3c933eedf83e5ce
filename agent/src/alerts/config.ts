import { ALARM_PRIORITIES } from '@hygeia/protocol/alarm/alarm'
import { type ChannelName, channelNamed } from '@hygeia/protocol/channel'
import { HOUR_MS, MINUTE_MS, SECOND_MS } from '@hygeia/protocol/units'
import * as z from 'zod'
import { channelField as channel, gpioLine as line } from '../config/fields.ts'

/** Channels that people fill by hand. */
export const ENTERED: readonly ChannelName[] = ['systolic', 'diastolic', 'consciousness', 'oxygen'].map(
  (name) => channelNamed(name).name,
)

const priority = z.enum(ALARM_PRIORITIES)
const ms = (most: number) => z.int().min(0).max(most)
const output = z.strictObject({
  line,
  /** Low voltage sounds or lights it. */
  isActiveLow: z.boolean().default(false),
})

/** What the chart of the early warning score takes, and how old it may be. */
const News2Config = z.strictObject({
  /** The score is for people of 16 or over who are not pregnant; whoever switches it on says that this is one. */
  isSixteenOrOver: z.literal(true, 'the score is not for children under 16'),
  isPregnant: z.literal(false, 'the score is not for pregnancy'),
  /** 2 only where a clinician set a target of 88 to 92 %. */
  spo2Scale: z.union([z.literal(1), z.literal(2)]).default(1),
  /** Where heart beats are counted: by the pulse or by the ECG. */
  pulse: z.enum(['pulse', 'heart-rate']).default('pulse'),
  /**
   * How old what somebody entered may be. The chart's own interval for a low score is twelve hours; a state of mind
   * that was fine in the morning says nothing of the evening.
   */
  maxAgeMs: z
    .strictObject({
      consciousness: ms(24 * HOUR_MS).default(4 * HOUR_MS),
      oxygen: ms(24 * HOUR_MS).default(12 * HOUR_MS),
      systolic: ms(24 * HOUR_MS).default(12 * HOUR_MS),
      temperature: ms(24 * HOUR_MS).default(12 * HOUR_MS),
    })
    .prefault({}),
})
export type News2Config = z.infer<typeof News2Config>

const ThresholdConfig = z
  .strictObject({
    channel,
    low: z.number().optional(),
    high: z.number().optional(),
    priority: priority.default('medium'),
    /** How long it must hold before it counts. */
    delayMs: ms(10 * MINUTE_MS).default(10 * SECOND_MS),
    /** How far back a value must be before it is over, in the unit of the channel. */
    hysteresis: z.number().min(0).default(1),
  })
  .refine(({ low, high }) => low !== undefined || high !== undefined, 'has neither low nor high')
  .refine(({ low = Number.NEGATIVE_INFINITY, high = Number.POSITIVE_INFINITY }) => low < high, {
    message: 'low is not below high',
    path: ['low'],
  })
export type ThresholdConfig = z.infer<typeof ThresholdConfig>

/** What is watched at the bedside, and how it is told there. */
export const AlertsConfig = z.strictObject({
  news2: News2Config.optional(),
  thresholds: z
    .array(ThresholdConfig)
    .default([])
    .superRefine((thresholds, context) => {
      const names = thresholds.map(({ channel }) => channel.name)
      for (const [index, name] of names.entries()) {
        if (names.indexOf(name) === index) continue
        // The second would take the place of the first, and a limit would be lost.
        context.addIssue({
          code: 'custom',
          message: `${name} has its limits already`,
          path: [index, 'channel'],
        })
      }
    }),
  /** No value on a channel of the patient's for so long, though its sensor is configured. */
  noDataMs: ms(60 * MINUTE_MS).default(MINUTE_MS),
  /** The probe is off for so long. */
  probeOffMs: ms(60 * MINUTE_MS).default(30 * SECOND_MS),
  technicalPriority: priority.default('low'),
  /** How long an alarm that was acknowledged keeps silent: two minutes, as bedside monitors pause. */
  silenceMs: ms(10 * MINUTE_MS).default(2 * MINUTE_MS),
  buzzer: output.optional(),
  led: output.optional(),
  /** A button beside the buzzer that acknowledges. */
  acknowledge: z.strictObject({ line, isActiveLow: z.boolean().default(true) }).optional(),
})
export type AlertsConfig = z.infer<typeof AlertsConfig>

/** What is watched, without the lines on which it is told. */
export const WatchConfig = AlertsConfig.omit({ buzzer: true, led: true, acknowledge: true })
export type WatchConfig = z.infer<typeof WatchConfig>

/** GPIO lines that it takes. */
export function linesOf({ buzzer, led, acknowledge }: AlertsConfig): readonly number[] {
  return [buzzer, led, acknowledge].filter((one) => one !== undefined).map((one) => one.line)
}
