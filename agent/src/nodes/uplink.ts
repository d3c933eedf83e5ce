import { dot, registerNode } from './adapter.ts'
import type { NodeApi } from './node-red-api.ts'

/** Where sealed batches go. Shows the link; which one is taken up at the agent's next start. */
export default function uplink(RED: NodeApi): void {
  registerNode(RED, 'hygeia-uplink', (_, config, host) => {
    const { kind, url } = host.config.uplink
    const isCurrent = config.kind === kind && (config.url || undefined) === url
    return isCurrent ? {} : { running: () => dot('yellow', 'at next start', 'ring') }
  })
}
