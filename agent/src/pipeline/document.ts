import { createHash } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import { CHANNELS } from '@hygeia/protocol/channel'
import { z } from 'zod'
import { AgentConfig } from '../config/config.ts'
import { SensorsConfig } from '../sampling/config.ts'

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
  windowMs: batch.unwrap().shape.windowMs.unwrap(),
  priorities: seal.unwrap().shape.priorities.unwrap(),
  uplink: z.strictObject({ kind: uplink.unwrap().shape.kind, url: uplink.unwrap().shape.url }),
  /** Sensors whose samples also go to the user's nodes, by name. */
  tapped: z.array(z.string().max(32)).max(64),
  /** Channels of sensors that are recorded only as the user's nodes hand them back. */
  replaced: z.array(channelName).max(64),
})
export type PipelineDocument = z.infer<typeof PipelineDocument>

/** What of a configuration a flow can say: the pipeline before anybody deployed one. */
export function pipelineOf(config: AgentConfig): PipelineDocument {
  const sensors = z.array(z.json()).parse(
    config.sensors.map((sensor) => ({
      ...sensor,
      channels: sensor.channels.map((one) => ({ ...one, channel: one.channel.name })),
    })),
  )
  const { kind, url } = config.uplink
  const sections = {
    sensors,
    windowMs: config.batch.windowMs,
    priorities: config.seal.priorities,
    uplink: url === undefined ? { kind } : { kind, url },
  }
  const base = createHash('sha256').update(JSON.stringify(sections)).digest('hex')
  return { version: 1, base, ...sections, tapped: [], replaced: [] }
}

/** The configuration with the sections of `document` in place of its own. @throws {z.ZodError} */
export function configuredBy(config: AgentConfig, document: PipelineDocument): AgentConfig {
  return {
    ...config,
    sensors: SensorsConfig.parse(document.sensors),
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
  })
  return isDeepStrictEqual(meaning(one), meaning(other))
}
