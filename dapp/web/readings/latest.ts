import type { ChannelName } from '@hygeia/protocol/channel'
import type { Address } from '@hygeia/protocol/ids'
import type { Missing } from '@hygeia/protocol/sample'
import { MINUTE_MS } from '@hygeia/protocol/units'
import { isMissing, type Line, missingOf, OK, SUSPECT } from './line.ts'

/** Where a value is going, by the last five minutes against the five before. */
export type Trend = 'rising' | 'falling' | 'steady'

/** The newest that is known of one channel of one device. */
export interface Latest {
  readonly device: Address
  readonly channel: ChannelName
  /** ms since the Unix epoch. */
  readonly at: number
  readonly value: number | undefined
  readonly isSuspect: boolean
  readonly missing: Missing | undefined
  /** Undefined where too little is known. */
  readonly trend: Trend | undefined
  /** Batch that it came in. */
  readonly cid: string
}

const SPAN_MS = 5 * MINUTE_MS
/** Fewer readings in either five minutes tell nothing. */
const LEAST = 5
/** A change below this part of the value is none. */
const STEADY = 0.03

export function latestOf(line: Line): Latest | undefined {
  const chunk = line.chunks.at(-1)
  const index = (chunk?.at.length ?? 0) - 1
  if (chunk === undefined || index < 0) return undefined
  const state = chunk.state[index] ?? OK
  const at = chunk.at[index] ?? 0
  return {
    device: line.device,
    channel: line.channel,
    at,
    value: isMissing(state) ? undefined : chunk.value[index],
    isSuspect: state === SUSPECT,
    missing: missingOf(state),
    trend: trendOf(line, at),
    cid: chunk.cid,
  }
}

function trendOf(line: Line, end: number): Trend | undefined {
  const now = meanOf(line, end - SPAN_MS, end + 1)
  const before = meanOf(line, end - 2 * SPAN_MS, end - SPAN_MS)
  if (now === undefined || before === undefined) return undefined
  if (Math.abs(now - before) <= STEADY * Math.abs(before)) return 'steady'
  return now > before ? 'rising' : 'falling'
}

function meanOf(line: Line, from: number, to: number): number | undefined {
  let sum = 0
  let count = 0
  for (const { at, value, state } of line.within(from, to)) {
    for (let index = 0; index < at.length; index++) {
      const time = at[index] ?? 0
      if (time < from || time >= to || state[index] !== OK) continue
      sum += value[index] ?? 0
      count++
    }
  }
  return count < LEAST ? undefined : sum / count
}
