import * as z from 'zod'
import { channelField as channel } from '../config/fields.ts'

/** 7 bits, as a number or as datasheets write it (`"0x48"`). */
export const i2cAddress = z
  .union([
    z.int(),
    z
      .string()
      .regex(/^0x[0-9a-f]{2}$/)
      .transform(Number),
  ])
  .pipe(z.int().min(0x08).max(0x77))

/** Where one quantity of a sensor goes, and how often. */
export const polled = <const Q extends readonly string[]>(
  quantities: Q,
  fastestMs: number,
  slowestMs = 3_600_000,
) =>
  z
    .array(
      z.strictObject({
        channel,
        from: z.enum(quantities),
        periodMs: z.int().min(fastestMs).max(slowestMs).default(1_000),
      }),
    )
    .min(1)

/** Where a quantity goes that comes at the chip's own rate. */
export const streamed = <const Q extends readonly string[]>(quantities: Q) =>
  z.array(z.strictObject({ channel, from: z.enum(quantities) })).min(1)

export const name = z.string().regex(/^[a-z][a-z0-9-]{0,31}$/, 'lower-case letters, digits and dashes')
export const onBus = { name, bus: z.int().min(0).max(31).default(1), address: i2cAddress }
