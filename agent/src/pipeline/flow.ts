import * as z from 'zod'

/** One node of a flow, as Node-RED keeps it: what a node has besides is its own. */
export const FlowNode = z.looseObject({
  id: z.string().min(1).max(64),
  type: z.string().min(1).max(128),
  z: z.string().max(64).optional(),
  d: z.boolean().optional(),
  disabled: z.boolean().optional(),
  wires: z
    .array(z.array(z.string().max(64)).max(1_024))
    .max(64)
    .optional(),
})
export type FlowNode = z.infer<typeof FlowNode>

export const Flow = z.array(FlowNode).max(10_000)

/** The nodes of a flow that run, and how they are wired. */
export class Wiring {
  readonly nodes: readonly FlowNode[]
  readonly #byId: ReadonlyMap<string, FlowNode>

  constructor(flow: readonly FlowNode[]) {
    const off = new Set(flow.filter(({ type, disabled }) => type === 'tab' && disabled).map(({ id }) => id))
    this.nodes = flow.filter(({ d, z: tab }) => d !== true && !(tab !== undefined && off.has(tab)))
    this.#byId = new Map(this.nodes.map((node) => [node.id, node]))
  }

  ofType(type: string): readonly FlowNode[] {
    return this.nodes.filter((node) => node.type === type)
  }

  /** Nodes at the other ends of the wires from `node`. A junction is a bend in a wire, no node. */
  next(node: FlowNode, seen = new Set<string>()): readonly FlowNode[] {
    return (node.wires ?? []).flat().flatMap((id) => {
      const target = this.#byId.get(id)
      if (target === undefined || seen.has(id)) return []
      seen.add(id)
      return target.type === 'junction' ? this.next(target, seen) : [target]
    })
  }

  /** Everything that messages of `node` can come to, link nodes followed. */
  reach(node: FlowNode): ReadonlySet<FlowNode> {
    const reached = new Set<FlowNode>()
    const waiting = [node]
    for (let one = waiting.pop(); one !== undefined; one = waiting.pop()) {
      const links = one.type === 'link out' && Array.isArray(one.links) ? one.links : []
      const linked = links.flatMap((id) => this.#byId.get(String(id)) ?? [])
      for (const target of [...this.next(one), ...linked]) {
        if (reached.has(target)) continue
        reached.add(target)
        waiting.push(target)
      }
    }
    return reached
  }
}
