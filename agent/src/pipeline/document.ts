import { createHash } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import { CHANNELS, type Channel } from '@hygeia/protocol/channel'
import * as z from 'zod'
import { WatchConfig } from '../alerts/config.ts'
import { AgentConfig, linesTwice } from '../config/config.ts'
import { SensorsConfig } from '../sampling/config.ts'
import { SignalsConfig } from '../signals/config.ts'
import { ALARM, NEWS2 } from './standing.ts'

const channelName = z.enum(CHANNELS.map(({ name }) => name as string))
const { batch, seal, uplink } = AgentConfig.shape

/**
 * The pipeline that the core runs, as `pipeline.json` holds it and as it goes between the workers.
 *
 * Its sections are the configuration's own, in the form in which a configuration is written.
 */
export const PipelineDocument = z.strictObject({
  version: z.literal(1),
  /** Of the configuration's own pipeline when this one was deployed: a configuration edited since then wins. */
  base: z.string().regex(/^[0-9a-f]{64}$/),
  sensors: z.array(z.json()).min(1).max(64),
  signals: z.array(z.json()).max(64),
  /** What is watched; the lines of buzzer, light and button are the configuration's alone. */
  alerts: z.json(),
  windowMs: batch.unwrap().shape.windowMs.unwrap(),
  priorities: seal.unwrap().shape.priorities.unwrap(),
  uplink: z.strictObject({ kind: uplink.unwrap().shape.kind, url: uplink.unwrap().shape.url }),
  /** Channels of sensors and signals whose samples also go to the user's nodes. */
  tapped: z.array(channelName).max(64),
  /** Channels of sensors and signals that are recorded only as the user's nodes hand them back. */
  replaced: z.array(channelName).max(64),
})
export type PipelineDocument = z.infer<typeof PipelineDocument>

/** What of a configuration a flow can say: the pipeline before anybody deployed one. */
export function pipelineOf(config: AgentConfig): PipelineDocument {
  const { buzzer, led, acknowledge, ...watched } = config.alerts
  const { kind, url } = config.uplink
  const sections = {
    sensors: config.sensors.map(written),
    signals: config.signals.map(written),
    alerts: written(watched),
    windowMs: config.batch.windowMs,
    priorities: config.seal.priorities,
    uplink: url === undefined ? { kind } : { kind, url },
  }
  const base = createHash('sha256').update(JSON.stringify(sections)).digest('hex')
  // As the nodes of the flow that is drawn from it.
  const tapped = [...(config.alerts.news2 === undefined ? [] : [NEWS2]), ALARM]
  return { version: 1, base, ...sections, tapped, replaced: [] }
}

/** A section as a configuration has it: channels by their names. */
export function written(section: object): z.core.util.JSONType {
  const isChannel = (value: unknown): value is Channel => CHANNELS.some((one) => one === value)
  const text = JSON.stringify(section, (_, value: unknown) => (isChannel(value) ? value.name : value))
  return z.json().parse(JSON.parse(text))
}

/** The configuration with the sections of `document` in place of its own. @throws {z.ZodError} */
export function configuredBy(config: AgentConfig, document: PipelineDocument): AgentConfig {
  const { buzzer, led, acknowledge } = config.alerts
  const sensors = SensorsConfig.parse(document.sensors)
  const alerts = { buzzer, led, acknowledge, ...WatchConfig.parse(document.alerts) }
  // A flow cannot see the lines of buzzer and light.
  const [line] = linesTwice({ sensors, alerts })
  if (line !== undefined) {
    const message = `GPIO ${line} is that of the buzzer, the light or its button: take another`
    throw new z.ZodError([{ code: 'custom', message, path: ['sensors'], input: document.sensors }])
  }
  return {
    ...config,
    sensors,
    signals: SignalsConfig.parse(document.signals),
    alerts,
    batch: { ...config.batch, windowMs: document.windowMs },
    seal: { ...config.seal, priorities: document.priorities },
    uplink: { ...config.uplink, kind: document.uplink.kind, url: document.uplink.url },
  }
}

/** Whether two pipelines come to the same, however they are written. @throws {z.ZodError} */
export function isSamePipeline(one: PipelineDocument, other: PipelineDocument): boolean {
  const meaning = (document: PipelineDocument) => ({
    ...document,
    sensors: SensorsConfig.parse(document.sensors),
    signals: SignalsConfig.parse(document.signals),
    alerts: WatchConfig.parse(document.alerts),
    tapped: document.tapped.toSorted(),
    replaced: document.replaced.toSorted(),
  })
  return isDeepStrictEqual(meaning(one), meaning(other))
}
