import { PipelineDocument } from './document.ts'
import type { FlowFault } from './fault.ts'
import { Flow, Wiring } from './flow.ts'
import { Records, uplinkOf } from './recording.ts'
import { Sources } from './sources.ts'
import { watchingOf } from './watching.ts'

export type Compiled =
  | { readonly outcome: 'pipeline'; readonly document: PipelineDocument }
  | { readonly outcome: 'refused'; readonly faults: readonly FlowFault[] }

/**
 * The pipeline that a flow describes.
 *
 * @param flow - as Node-RED hands it out: the array of all nodes
 * @param base - the pipeline of the configuration: categories that the flow has no *record* for stay as there
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

  const records = new Records(wiring, faults)
  const uplink = uplinkOf(wiring, faults)
  const sources = new Sources(wiring, records, faults)
  const watched = watchingOf(wiring, records, (channel) => sources.canFill(channel), faults)
  if (faults.length > 0 || uplink === undefined) return { outcome: 'refused', faults }

  const windowMs = { ...base.windowMs }
  const priorities = { ...base.priorities }
  for (const { category, windowSec, priority } of records.fields.values()) {
    if (category !== 'alert') windowMs[category] = Math.round(windowSec * 1_000)
    priorities[category] = priority
  }
  const { version, base: digest } = base
  const document = PipelineDocument.safeParse({
    version,
    base: digest,
    sensors: sources.sensors.map(({ config }) => config),
    signals: sources.signals.map(({ config }) => config),
    alerts: watched.alerts,
    windowMs,
    priorities,
    uplink,
    tapped: [...sources.tapped, ...watched.tapped],
    replaced: sources.replaced,
  })
  if (document.success) return { outcome: 'pipeline', document: document.data }
  return { outcome: 'refused', faults: document.error.issues.map(({ message }) => ({ message })) }
}
