import { registerNode } from './adapter.ts'
import type { NodeApi } from './node-red-api.ts'

/** Hands the samples of one sensor to the user's nodes; what is wired to a *record* does not come by here. */
export default function sensor(RED: NodeApi): void {
  registerNode(RED, 'hygeia-sensor', (node, config, host) => [
    host.onSamples(String(config.sensor), ({ sensor, sample }) => {
      const { channel, at, value, missing, suspect } = sample
      node.send({
        topic: channel,
        payload: value ?? null,
        hygeia: { source: node.id, sensor, at, missing, suspect: suspect ?? false },
      })
    }),
  ])
}
