import type { NodeHost } from '../editor/node-host.ts'
import { dot } from './adapter.ts'
import type { RedNode } from './node-red-api.ts'

/**
 * Send the samples of some channels as messages of `node`, and show how many it could not take.
 *
 * @param origin - what its messages tell below `hygeia` besides
 * @returns what to undo when the node closes
 */
export function tap(
  node: RedNode,
  channels: readonly string[],
  host: NodeHost,
  origin: Readonly<Record<string, unknown>>,
): readonly (() => void)[] {
  const dropped = new Map<string, number>()
  const onDropped = (channel: string, count: number) => {
    if (dropped.get(channel) === count) return
    dropped.set(channel, count)
    const all = [...dropped.values()].reduce((sum, one) => sum + one, 0)
    node.status(dot('yellow', `${all} dropped`, 'ring'))
  }
  return [...new Set(channels)].flatMap((channel) => [
    host.onSamples(channel, ({ at, value, missing, suspect }) => {
      node.send({
        topic: channel,
        payload: value ?? null,
        hygeia: { source: node.id, ...origin, at, channel, value, missing, suspect: suspect ?? false },
      })
    }),
    host.onDropped(channel, (count) => onDropped(channel, count)),
  ])
}
