import { CATEGORIES, type Category } from '@hygeia/protocol/channel'
import { EMERGENCY_RANGE_MS } from '@hygeia/protocol/grant/grant'
import { type Address, addressOf, type Hex32, parseHex32 } from '@hygeia/protocol/ids'
import type { Month } from '@hygeia/protocol/label'
import { HOUR_MS } from '@hygeia/protocol/units'
import { usage } from '../host/errors.ts'

export function categoriesArgument(list: string): readonly Category[] {
  return list.split(',').map((name) => {
    const category = CATEGORIES.find((known) => known === name.trim())
    if (category === undefined) throw usage(`--categories: “${name}” is none of ${CATEGORIES.join(', ')}`)
    return category
  })
}

export function addressArgument(text: string): Address {
  try {
    return addressOf(text)
  } catch {
    throw usage(`“${text}” is no account: 0x and 40 hex digits`)
  }
}

export function hashArgument(text: string): Hex32 {
  try {
    return parseHex32(text)
  } catch {
    throw usage(`“${text}” is no grant: 0x and 64 hex digits, from \`hygeia patient grants\``)
  }
}

export function monthArgument(text: string): Month {
  if (!/^\d{4}-(0[1-9]|1[0-2])$/.test(text)) throw usage('--first-month is YYYY-MM')
  return text as Month
}

/** @returns ms */
export function hoursArgument(text: string): number {
  const ms = Number(text) * HOUR_MS
  const [shortest, longest] = EMERGENCY_RANGE_MS
  if (ms >= shortest && ms <= longest) return Math.round(ms)
  throw usage(`--emergency is ${shortest / HOUR_MS} to ${longest / HOUR_MS} hours`)
}

export function wholeNumberArgument(option: string, text: string): number {
  const value = Number(text)
  if (!Number.isSafeInteger(value) || value < 1) throw usage(`${option} is a whole number from 1`)
  return value
}
