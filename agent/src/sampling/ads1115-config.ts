import * as z from 'zod'
import { gpioLine } from '../config/fields.ts'
import type { InputOptions } from '../drivers/ads1115/convert.ts'
import { USUAL_RANGE_V } from '../drivers/ads1115/registers.ts'
import { i2cAddress, onBus, streamed } from './fields.ts'

/** Between the body and an ADS1115: an AD8232 between its reference and its output, or nothing. */
const FRONT_ENDS = {
  ad8232: { gain: 100, offsetUv: 1_650_000 },
  none: { gain: 1, offsetUv: 0 },
} as const

const ADS1115_INPUTS = ['a0', 'a1', 'a2', 'a3'] as const
const RANGES_V = [6.144, 4.096, 2.048, 1.024, 0.512, 0.256] as const
const beforeInput = {
  frontEnd: z.enum(['ad8232', 'none']).default('ad8232'),
  /** Of the whole front end, where its board has filters that amplify, too: many have 1100 and not 100. */
  gain: z.number().min(0.01).max(10_000).optional(),
  /** Full scale either way, in V. */
  rangeV: z.literal(RANGES_V).default(USUAL_RANGE_V),
}
const InputConfig = z.strictObject(beforeInput)
/** Of a conversion that is asked for, on a bus of 100 kHz and with timers of whole ms: it takes some 4 ms. */
const CONVERSION_PERIOD_MS = 5

export const Ads1115Config = z
  .strictObject({
    ...onBus,
    kind: z.literal('ads1115'),
    // TMP117 and LM75 are at 0x48: ADDR at VDD moves this one to 0x49.
    address: i2cAddress.default(0x49),
    /** The one input, whose quantity is `voltage`; or `inputs`. */
    input: z.enum(ADS1115_INPUTS).default('a0'),
    /** Of ALERT/RDY, for one input at 250 values a second; without it each value is asked for. */
    readyLine: gpioLine.optional(),
    /** Lines that are high while an electrode is off. */
    leadOffLines: z.array(gpioLine).max(2).default([]),
    ...beforeInput,
    /** Several inputs, in turn; the quantity of each has its name. */
    inputs: z.partialRecord(z.enum(ADS1115_INPUTS), InputConfig).optional(),
    /** From value to value of an input, in ms, without ALERT/RDY; 5 for each input unless told. */
    periodMs: z.int().min(2).max(1_000).optional(),
    channels: streamed(['voltage', ...ADS1115_INPUTS]),
  })
  .superRefine(({ inputs, readyLine, periodMs, channels }, context) => {
    const complain = (message: string, ...path: (string | number)[]) =>
      context.addIssue({ code: 'custom', message, path })
    const names: readonly string[] = inputs === undefined ? ['voltage'] : Object.keys(inputs)
    if (names.length === 0) complain('names no input', 'inputs')
    if (readyLine !== undefined && inputs !== undefined)
      complain('is for one input, without inputs', 'readyLine')
    if (readyLine !== undefined && periodMs !== undefined)
      complain('is the chip’s, with readyLine', 'periodMs')
    for (const [place, { from }] of channels.entries()) {
      if (!names.includes(from)) complain(`not one of ${names.join(', ')}`, 'channels', place, 'from')
    }
  })

/** Each input that is read, and what lies between the body and it. */
export function inputsOf(sensor: z.infer<typeof Ads1115Config>): readonly InputOptions[] {
  const { inputs, input } = sensor
  if (inputs === undefined) return [{ ...inputOf(sensor), quantity: 'voltage', input, hasLeadOff: true }]
  return ADS1115_INPUTS.flatMap((name) => {
    const one = inputs[name]
    const hasLeadOff = one?.frontEnd === 'ad8232'
    return one === undefined ? [] : { ...inputOf(one), quantity: name, input: name, hasLeadOff }
  })
}

function inputOf({ frontEnd, gain, rangeV }: z.infer<typeof InputConfig>) {
  const { offsetUv, gain: usual } = FRONT_ENDS[frontEnd]
  return { rangeV, frontEnd: { offsetUv, gain: gain ?? usual } }
}

/** From value to value of an input that is asked for its values, in ms. */
export function periodOf(sensor: z.infer<typeof Ads1115Config>): number {
  return sensor.periodMs ?? CONVERSION_PERIOD_MS * inputsOf(sensor).length
}
