import { DAY_MS, HOUR_MS, MINUTE_MS, type UnixMs } from '@hygeia/protocol/units'
import { usage } from './errors.ts'

const UNITS: Readonly<Record<string, number>> = { m: MINUTE_MS, h: HOUR_MS, d: DAY_MS, w: 7 * DAY_MS }

/**
 * An instant as people write it: `now`, `-7d`, `+30d`, `2025-11-01`, `2025-11-01T08:30:00Z`, or ms since the Unix
 * epoch. Without a zone it is UTC.
 *
 * @throws {HostError} `USAGE`
 */
export function parseInstant(text: string, now: UnixMs): UnixMs {
  if (text === 'now') return now
  const [, sign, count, unit = ''] = /^([+-])(\d{1,6})([mhdw])$/.exec(text) ?? []
  const unitMs = UNITS[unit]
  if (unitMs !== undefined) return (now + (sign === '-' ? -1 : 1) * Number(count) * unitMs) as UnixMs
  if (/^\d{12,14}$/.test(text)) return Number(text) as UnixMs
  const isZoned = /(Z|[+-]\d\d:\d\d)$/.test(text) || /^\d{4}-\d\d-\d\d$/.test(text)
  const parsed = Date.parse(isZoned ? text : `${text}Z`)
  if (Number.isNaN(parsed))
    throw usage(`“${text}” is no time: write 2025-11-01, 2025-11-01T08:30:00Z, -7d or now`)
  return parsed as UnixMs
}
