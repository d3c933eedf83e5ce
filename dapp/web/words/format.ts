import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '@hygeia/protocol/units'
import { hasWords, language, t } from './words.ts'

const made = new Map<string, Intl.NumberFormat | Intl.DateTimeFormat | Intl.RelativeTimeFormat>()

function once<T extends Intl.NumberFormat | Intl.DateTimeFormat | Intl.RelativeTimeFormat>(
  name: string,
  make: (locale: string) => T,
): T {
  // Latin digits in both languages: they are what monitors and prescriptions show.
  const locale = `${language()}-u-nu-latn`
  const held = made.get(`${locale} ${name}`) as T | undefined
  if (held !== undefined) return held
  const fresh = make(locale)
  made.set(`${locale} ${name}`, fresh)
  return fresh
}

/** @param digits - after the point */
export function number(value: number, digits = 0): string {
  const options = { minimumFractionDigits: digits, maximumFractionDigits: digits }
  return once(`number ${digits}`, (locale) => new Intl.NumberFormat(locale, options)).format(value)
}

/** Bytes in the largest unit that leaves something before the point. */
export function size(bytes: number): string {
  const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const
  const power = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(1, bytes)) / 3))
  const unit = units[power] ?? 'byte'
  const options = { style: 'unit', unit, maximumFractionDigits: 1 } as const
  return once(`size ${unit}`, (locale) => new Intl.NumberFormat(locale, options)).format(
    bytes / 1_000 ** power,
  )
}

/** How long ago, or until then, in the largest unit that says enough. @param at - ms since the Unix epoch */
export function age(at: number, now: number): string {
  const past = now - at
  const length = Math.abs(past)
  if (length < 5 * SECOND_MS) return t('age.now')
  const [unitMs, unit] =
    length < MINUTE_MS
      ? ([SECOND_MS, 'second'] as const)
      : length < HOUR_MS
        ? ([MINUTE_MS, 'minute'] as const)
        : length < 2 * DAY_MS
          ? ([HOUR_MS, 'hour'] as const)
          : ([DAY_MS, 'day'] as const)
  const format = once('age', (locale) => new Intl.RelativeTimeFormat(locale, { style: 'short' }))
  return format.format(-Math.round(past / unitMs), unit)
}

/** A length of time in minutes, or in hours or whole days where it is long. */
export function minutes(count: number): string {
  const hours = count / 60
  const [value, unit] =
    hours < 2 ? [count, 'minute'] : hours < 4 * 24 ? [hours, 'hour'] : [Math.floor(hours / 24), 'day']
  const options = { style: 'unit', unit, unitDisplay: 'long', maximumFractionDigits: 1 } as const
  return once(`length ${unit}`, (locale) => new Intl.NumberFormat(locale, options)).format(value)
}

/** Hour and minute, in the zone of whoever looks. */
export const clockTime = (at: number) =>
  once('clock', (locale) => new Intl.DateTimeFormat(locale, { timeStyle: 'short' })).format(at)

export const clockTimeToSecond = (at: number) =>
  once('clock-second', (locale) => new Intl.DateTimeFormat(locale, { timeStyle: 'medium' })).format(at)

export const day = (at: number) =>
  once('day', (locale) => new Intl.DateTimeFormat(locale, { dateStyle: 'medium' })).format(at)

/** Day and month alone, as an axis has room for. */
export const dayOfMonth = (at: number) =>
  once('day-month', (locale) => new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short' })).format(
    at,
  )

export const dayAndTime = (at: number) =>
  once(
    'day-time',
    (locale) => new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' }),
  ).format(at)

/** A day as a date field has it, in the zone of whoever looks. */
export function dateText(at: number): string {
  const date = new Date(at)
  const two = (value: number) => String(value).padStart(2, '0')
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`
}

/** A day and minute as such a field has them. */
export function minuteText(at: number): string {
  const date = new Date(at)
  const two = (value: number) => String(value).padStart(2, '0')
  return `${dateText(at)}T${two(date.getHours())}:${two(date.getMinutes())}`
}

/** Begin of a day that a date field has, in the zone of whoever looks, ms; NaN when it has none. */
export const dayBegin = (text: string) => new Date(`${text}T00:00`).getTime()

/** End of that day: it is meant whole. */
export function dayEnd(text: string): number {
  const date = new Date(`${text}T00:00`)
  // A day may have 23 or 25 hours.
  return date.setDate(date.getDate() + 1)
}

/** Name of a channel. */
export function channelName(channel: string): string {
  const key = `channel.${channel}`
  return hasWords(key) ? t(key) : channel
}

/** @param ucum - UCUM code */
export function unitName(ucum: string): string {
  const key = `unit.${ucum}`
  return hasWords(key) ? t(key) : ucum
}

/** First and last characters of an account or hash: enough to tell two apart at a glance, not to compare. */
export const brief = (hex: string) => `${hex.slice(0, 8)}…${hex.slice(-4)}`
