import { signalOf } from '../pipeline/signal-fields.ts'
import { outputsOf, SignalConfig } from '../signals/config.ts'
import { registerNode } from './adapter.ts'
import type { NodeApi } from './node-red-api.ts'
import { tap } from './tap.ts'

/** Hands what the core derives of a waveform to the user's nodes. It takes no messages: the core has the samples. */
export default function signal(RED: NodeApi): void {
  registerNode(RED, 'hygeia-signal', (node, config, host) => {
    const parsed = SignalConfig.safeParse(signalOf(config))
    if (!parsed.success) return {}
    const { from } = parsed.data
    const channels = outputsOf(parsed.data).map(({ name }) => name)
    return { undo: tap(node, channels, host, { from: from.name }) }
  })
}
