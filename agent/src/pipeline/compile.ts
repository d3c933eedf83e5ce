import { CATEGORIES, type Category, channelNamed } from '@hygeia/protocol/channel'
import { z } from 'zod'
import { AgentConfig } from '../config/config.ts'
import { SensorConfig, SensorsConfig } from '../sampling/config.ts'
import { PipelineDocument } from './document.ts'
import { Flow, type FlowNode, Wiring } from './flow.ts'
import { sensorOf } from './sensor-fields.ts'

/** Why a flow is no pipeline, and at which node; without one it is the flow as a whole. */
export interface FlowFault {
  readonly node?: string
  readonly message: string
}
export type Compiled =
  | { readonly outcome: 'pipeline'; readonly document: PipelineDocument }
  | { readonly outcome: 'refused'; readonly faults: readonly FlowFault[] }

export const TYPES = {
  sensor: 'hygeia-sensor',
  readingIn: 'hygeia-reading-in',
  record: 'hygeia-record',
  uplink: 'hygeia-uplink',
  status: 'hygeia-status',
} as const

/** Nodes that a wire may lead to without its samples leaving the core. */
const CORE: ReadonlySet<string> = new Set([TYPES.record, TYPES.uplink, TYPES.status])

const RecordFields = z.object({
  category: z.enum(CATEGORIES),
  windowSec: z.coerce.number().min(0).max(3_600),
  priority: AgentConfig.shape.seal.unwrap().shape.priorities.unwrap().shape.vitals.unwrap(),
  raw: z.enum(['beside', 'replaced']).default('beside'),
})
const UplinkFields = z.object({ kind: z.enum(['mqtt', 'coap']), url: z.string().default('') })

/**
 * The pipeline that a flow describes.
 *
 * @param flow - as Node-RED hands it out: the array of all nodes
 * @param base - the pipeline of the configuration: what the flow has no node for stays as there
 */
export function compileFlow(flow: unknown, base: PipelineDocument): Compiled {
  const parsed = Flow.safeParse(flow)
  if (!parsed.success) return { outcome: 'refused', faults: [{ message: 'not a flow' }] }
  const wiring = new Wiring(parsed.data)
  const faults: FlowFault[] = []
  const subflows = new Set(wiring.ofType('subflow').map(({ id }) => id))
  for (const node of wiring.nodes) {
    if (node.type.startsWith('hygeia-') && node.z !== undefined && subflows.has(node.z)) {
      faults.push({ node: node.id, message: 'cannot be part of a subflow' })
    }
  }

  const records = recordsOf(wiring, faults)
  const uplink = uplinkOf(wiring, faults)
  const { sensors, tapped, replaced } = sensorsOf(wiring, records, faults)
  checkReadings(wiring, sensors, replaced, records, faults)
  if (faults.length > 0 || uplink === undefined) return { outcome: 'refused', faults }

  const windowMs = { ...base.windowMs }
  const priorities = { ...base.priorities }
  for (const { category, windowSec, priority } of records.values()) {
    if (category !== 'alert') windowMs[category] = Math.round(windowSec * 1_000)
    priorities[category] = priority
  }
  const { version, base: digest } = base
  const document = PipelineDocument.safeParse({
    version,
    base: digest,
    sensors: sensors.map(({ config }) => config),
    windowMs,
    priorities,
    uplink,
    tapped,
    replaced,
  })
  if (document.success) return { outcome: 'pipeline', document: document.data }
  return { outcome: 'refused', faults: document.error.issues.map(({ message }) => ({ message })) }
}

type RecordFields = z.infer<typeof RecordFields>

function recordsOf(wiring: Wiring, faults: FlowFault[]): ReadonlyMap<FlowNode, RecordFields> {
  const records = new Map<FlowNode, RecordFields>()
  const taken = new Set<Category>()
  for (const node of wiring.ofType(TYPES.record)) {
    const { id } = node
    const fields = RecordFields.safeParse(node)
    if (!fields.success) {
      faults.push(...issuesOf(id, fields.error))
      continue
    }
    const { category, windowSec } = fields.data
    if (taken.has(category)) faults.push({ node: id, message: `${category} is recorded by another node too` })
    if (category !== 'alert' && windowSec < 1) faults.push({ node: id, message: 'window: at least 1 s' })
    if (!wiring.next(node).some(({ type }) => type === TYPES.uplink)) {
      faults.push({ node: id, message: 'no wire leads to an uplink' })
    }
    taken.add(category)
    records.set(node, fields.data)
  }
  return records
}

function uplinkOf(wiring: Wiring, faults: FlowFault[]): PipelineDocument['uplink'] | undefined {
  const [node, ...others] = wiring.ofType(TYPES.uplink)
  for (const { id } of others) faults.push({ node: id, message: 'there is an uplink already' })
  if (node === undefined) {
    faults.push({ message: 'the flow has no uplink' })
    return undefined
  }
  const fields = UplinkFields.safeParse(node)
  if (!fields.success) {
    faults.push(...issuesOf(node.id, fields.error))
    return undefined
  }
  const { kind, url } = fields.data
  const schemes = { mqtt: 'mqtts:', coap: 'coap:' } as const
  if (url !== '' && !(URL.canParse(url) && new URL(url).protocol === schemes[kind])) {
    faults.push({ node: node.id, message: `address: not a ${schemes[kind]} one` })
  }
  return url === '' ? { kind } : { kind, url }
}

interface CompiledSensor {
  readonly node: FlowNode
  readonly config: PipelineDocument['sensors'][number]
  readonly channels: readonly string[]
}

function sensorsOf(wiring: Wiring, records: ReadonlyMap<FlowNode, RecordFields>, faults: FlowFault[]) {
  const sensors: CompiledSensor[] = []
  const tapped: string[] = []
  const replaced: string[] = []
  for (const node of wiring.ofType(TYPES.sensor)) {
    const config = sensorOf(node)
    const checked = SensorConfig.safeParse(config)
    if (!checked.success) {
      faults.push(...issuesOf(node.id, checked.error))
      continue
    }
    const direct = wiring.next(node)
    const reached = [...wiring.reach(node)].flatMap((one) => records.get(one) ?? [])
    const channels = checked.data.channels.map(({ channel }) => channel)
    for (const { name, category } of channels) {
      const record = reached.find((one) => one.category === category)
      if (record === undefined) {
        faults.push({ node: node.id, message: `no wire leads ${name} to a record of ${category}` })
      }
      const isDirect = direct.some((one) => records.get(one)?.category === category)
      if (record?.raw === 'replaced' && !isDirect) replaced.push(name)
    }
    if (direct.some(({ type }) => !CORE.has(type))) tapped.push(checked.data.name)
    sensors.push({ node, config, channels: channels.map(({ name }) => name) })
  }
  if (sensors.length === 0) faults.push({ message: 'the flow has no sensor' })
  // Across all of them: names, addresses, lines and channels that are used twice.
  const together = SensorsConfig.safeParse(sensors.map(({ config }) => config))
  if (!together.success && sensors.length > 0) {
    for (const { path, message } of together.error.issues) {
      const id = sensors[Number(path[0])]?.node.id
      faults.push(id === undefined ? { message } : { node: id, message })
    }
  }
  return { sensors, tapped, replaced }
}

function checkReadings(
  wiring: Wiring,
  sensors: readonly CompiledSensor[],
  replaced: readonly string[],
  records: ReadonlyMap<FlowNode, RecordFields>,
  faults: FlowFault[],
): void {
  const taken = new Set(
    sensors.flatMap(({ channels }) => channels).filter((name) => !replaced.includes(name)),
  )
  for (const node of wiring.ofType(TYPES.readingIn)) {
    const name = String(node.channel)
    let category: Category
    try {
      category = channelNamed(name).category
    } catch {
      faults.push({ node: node.id, message: `no channel is named ${name}` })
      continue
    }
    // Two sources under one name could not be told apart afterwards.
    if (taken.has(name)) faults.push({ node: node.id, message: `channel ${name} has another source` })
    taken.add(name)
    const reached = [...wiring.reach(node)].flatMap((one) => records.get(one) ?? [])
    if (!reached.some((one) => one.category === category)) {
      faults.push({ node: node.id, message: `no wire leads to a record of ${category}` })
    }
  }
}

function issuesOf(node: string, error: z.ZodError): readonly FlowFault[] {
  return error.issues.map(({ path, message }) => ({ node, message: `${path.join('.')}: ${message}` }))
}
