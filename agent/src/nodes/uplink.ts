import { dot, registerNode } from './adapter.ts'
import type { NodeApi } from './node-red-api.ts'

/** Where sealed batches go. Shows the link; which one is taken up at the agent's next start. */
export default function uplink(RED: NodeApi): void {
  registerNode(RED, 'hygeia-uplink', (node, config, host) => {
    const { kind, url } = host.config.uplink
    const isCurrent = config.kind === kind && (config.url || undefined) === url
    if (isCurrent) return []
    const timer = setImmediate(() => node.status(dot('yellow', 'at next start', 'ring')))
    return [() => clearImmediate(timer)]
  })
}
