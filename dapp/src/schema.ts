import { type Address, type Hex, type Hex32, parseAddress, parseHex32 } from '@hygeia/protocol/ids'
import type { UnixMs } from '@hygeia/protocol/units'
import { z } from 'zod'

/** `0x` and 40 lower-case hex digits. */
export const address = z
  .string()
  .regex(/^0x[0-9a-f]{40}$/, 'not a lower-case hex address')
  .transform((text): Address => parseAddress(text))

/** 32 bytes as lower-case hex. */
export const hex32 = z
  .string()
  .regex(/^0x[0-9a-f]{64}$/, 'not 32 bytes of lower-case hex')
  .transform((text): Hex32 => parseHex32(text))

/** Whole bytes as lower-case hex. */
export const hex = z
  .string()
  .regex(/^0x([0-9a-f]{2})*$/, 'not lower-case hex')
  .transform((text): Hex => text as Hex)

/** `length` bytes as lower-case hex. */
export const hexOfBytes = (length: number) =>
  hex.refine((text) => text.length === 2 + 2 * length, { error: `not ${length} bytes` })

/** ms since the Unix epoch. */
export const unixMs = z
  .int()
  .min(0)
  .transform((ms): UnixMs => ms as UnixMs)
