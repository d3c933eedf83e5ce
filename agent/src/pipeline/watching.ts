import { HOUR_MS, SECOND_MS } from '@hygeia/protocol/units'
import * as z from 'zod'
import { ENTERED, WatchConfig } from '../alerts/config.ts'
import { type FlowFault, issuesOf } from './fault.ts'
import type { FlowNode, Wiring } from './flow.ts'
import { TYPES } from './node-types.ts'
import type { Records } from './recording.ts'

/** A number that a dialog keeps as text; what is empty is left to the configuration's default. */
const times = (unitMs: number) =>
  z
    .union([
      z.literal('').transform(() => undefined),
      z.coerce.number().transform((n) => Math.round(n * unitMs)),
    ])
    .optional()
const limit = z
  .union([z.literal('').transform(() => undefined), z.coerce.number()])
  .nullish()
  .transform((n) => n ?? undefined)

const News2Fields = z.object({
  /** Somebody said that this patient is 16 or over, and not pregnant. */
  isScored: z.boolean().default(false),
  spo2Scale: z.coerce.number(),
  pulse: z.string(),
  consciousnessHours: times(HOUR_MS),
  oxygenHours: times(HOUR_MS),
  systolicHours: times(HOUR_MS),
  temperatureHours: times(HOUR_MS),
})

const AlertFields = z.object({
  limits: z
    .array(
      z.object({
        channel: z.string(),
        low: limit,
        high: limit,
        priority: z.string(),
        delaySec: times(SECOND_MS),
        hysteresis: limit,
      }),
    )
    .max(64)
    .default([]),
  noDataSec: times(SECOND_MS),
  probeOffSec: times(SECOND_MS),
  technicalPriority: z.string().optional(),
  silenceSec: times(SECOND_MS),
})

export interface Watched {
  readonly alerts: z.core.util.JSONType
  /** Which of the score and the alarms the flow has a node for. */
  readonly tapped: readonly string[]
}

/**
 * What the *news2* and *alert* nodes of a flow say. Without an *alert* node there are no limits; calls and alarms of
 * the equipment need none.
 *
 * @param canFill - whether a channel has a source
 */
export function watchingOf(
  wiring: Wiring,
  records: Records,
  canFill: (channel: string) => boolean,
  faults: FlowFault[],
): Watched {
  const tapped: string[] = []
  const only = (type: string, channel: string, what: string) => {
    const [node, ...others] = wiring.ofType(type)
    for (const { id } of others) faults.push({ node: id, message: `there is ${what} node already` })
    if (node === undefined) return undefined
    tapped.push(channel)
    if (records.reached(node, 'alert') === undefined) {
      faults.push({ node: node.id, message: 'no wire leads to a record of alert' })
    }
    return node
  }
  const news2 = only(TYPES.news2, 'news2', 'a news2')
  const alert = only(TYPES.alert, 'alarm', 'an alert')
  for (const source of wiring.nodes) {
    if (!source.type.startsWith('hygeia-') || alert === undefined) continue
    if (!wiring.next(source).includes(alert)) continue
    const message = 'it hears no samples, it watches channels: a message to it acknowledges alarms'
    faults.push({ node: alert.id, message })
  }

  const written = { ...alertsOf(alert, faults), ...news2Of(news2, faults) }
  const checked = WatchConfig.safeParse(written)
  if (!checked.success) {
    for (const issue of checked.error.issues) {
      const isScore = issue.path[0] === 'news2'
      const node = isScore ? news2 : alert
      const one = new z.ZodError([issue])
      if (node !== undefined) faults.push(...issuesOf(node.id, one, isScore ? 1 : 0))
    }
    return { alerts: {}, tapped }
  }
  for (const { channel } of checked.data.thresholds) {
    if (canFill(channel.name) || ENTERED.includes(channel.name) || alert === undefined) continue
    faults.push({ node: alert.id, message: `nothing measures ${channel.name}` })
  }
  return { alerts: z.json().parse(JSON.parse(JSON.stringify(written))), tapped }
}

function news2Of(node: FlowNode | undefined, faults: FlowFault[]) {
  if (node === undefined) return {}
  const fields = News2Fields.safeParse(node)
  if (!fields.success) {
    faults.push(...issuesOf(node.id, fields.error))
    return {}
  }
  const { isScored, spo2Scale, pulse, consciousnessHours, oxygenHours, systolicHours, temperatureHours } =
    fields.data
  if (!isScored) return {}
  return {
    news2: {
      isSixteenOrOver: true,
      isPregnant: false,
      spo2Scale,
      pulse,
      maxAgeMs: {
        consciousness: consciousnessHours,
        oxygen: oxygenHours,
        systolic: systolicHours,
        temperature: temperatureHours,
      },
    },
  }
}

function alertsOf(node: FlowNode | undefined, faults: FlowFault[]) {
  if (node === undefined) return {}
  const fields = AlertFields.safeParse(node)
  if (!fields.success) {
    faults.push(...issuesOf(node.id, fields.error))
    return {}
  }
  const { limits, noDataSec, probeOffSec, technicalPriority, silenceSec } = fields.data
  return {
    thresholds: limits.map(({ delaySec, ...one }) => ({ ...one, delayMs: delaySec })),
    noDataMs: noDataSec,
    probeOffMs: probeOffSec,
    technicalPriority,
    silenceMs: silenceSec,
  }
}

/** What the dialog of a *news2* node shows of a configuration. */
export function news2Fields({ spo2Scale, pulse, maxAgeMs }: NonNullable<WatchConfig['news2']>) {
  return {
    isScored: true,
    spo2Scale: String(spo2Scale),
    pulse,
    consciousnessHours: maxAgeMs.consciousness / HOUR_MS,
    oxygenHours: maxAgeMs.oxygen / HOUR_MS,
    systolicHours: maxAgeMs.systolic / HOUR_MS,
    temperatureHours: maxAgeMs.temperature / HOUR_MS,
  }
}

/** What the dialog of an *alert* node shows of it. */
export function alertFields({ thresholds, noDataMs, probeOffMs, technicalPriority, silenceMs }: WatchConfig) {
  return {
    limits: thresholds.map(({ channel, low = '', high = '', priority, delayMs, hysteresis }) => ({
      channel: channel.name,
      low,
      high,
      priority,
      delaySec: delayMs / SECOND_MS,
      hysteresis,
    })),
    noDataSec: noDataMs / SECOND_MS,
    probeOffSec: probeOffMs / SECOND_MS,
    technicalPriority,
    silenceSec: silenceMs / SECOND_MS,
  }
}
