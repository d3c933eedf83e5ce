import { CATEGORIES, type Category, channelNamed } from '@hygeia/protocol/channel'
import * as z from 'zod'
import { AgentConfig } from '../config/config.ts'
import type { PipelineDocument } from './document.ts'
import { type FlowFault, issuesOf } from './fault.ts'
import type { FlowNode, Wiring } from './flow.ts'
import { CORE, TYPES } from './node-types.ts'

const RecordFields = z.object({
  category: z.enum(CATEGORIES),
  windowSec: z.coerce.number().min(0).max(3_600),
  priority: AgentConfig.shape.seal.unwrap().shape.priorities.unwrap().shape.vitals.unwrap(),
  raw: z.enum(['beside', 'replaced']).default('beside'),
})
export type RecordFields = z.infer<typeof RecordFields>
const UplinkFields = z.object({ kind: z.enum(['mqtt', 'coap']), url: z.string().default('') })

/** The *record* nodes of a flow: one for each category. */
export class Records {
  readonly fields: ReadonlyMap<FlowNode, RecordFields>
  readonly #wiring: Wiring

  constructor(wiring: Wiring, faults: FlowFault[]) {
    this.#wiring = wiring
    this.fields = recordsOf(wiring, faults)
  }

  /**
   * How the channels that come from a node are wired to records and to the user's nodes.
   *
   * @returns those that the user's nodes get too, and those that are recorded only as they hand them back
   */
  route(
    node: FlowNode,
    channels: readonly string[],
    faults: FlowFault[],
  ): { readonly tapped: readonly string[]; readonly replaced: readonly string[] } {
    const direct = this.#wiring.next(node)
    const replaced: string[] = []
    for (const name of channels) {
      const { category } = channelNamed(name)
      const record = this.reached(node, category)
      if (record === undefined) {
        faults.push({ node: node.id, message: `no wire leads ${name} to a record of ${category}` })
      }
      const isDirect = direct.some((one) => this.fields.get(one)?.category === category)
      if (record?.raw === 'replaced' && !isDirect) replaced.push(name)
    }
    return { tapped: direct.some(({ type }) => !CORE.has(type)) ? channels : [], replaced }
  }

  /** Whether messages of `node` can come to any record. */
  isReached(node: FlowNode): boolean {
    return [...this.#wiring.reach(node)].some((one) => this.fields.has(one))
  }

  /** The record of a category that messages of `node` can come to. */
  reached(node: FlowNode, category: Category): RecordFields | undefined {
    const all = [...this.#wiring.reach(node)].flatMap((one) => this.fields.get(one) ?? [])
    return all.find((one) => one.category === category)
  }
}

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

export function uplinkOf(wiring: Wiring, faults: FlowFault[]): PipelineDocument['uplink'] | undefined {
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
