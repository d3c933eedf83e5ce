import { dot, registerNode } from './adapter.ts'
import type { NodeApi } from './node-red-api.ts'
import { isTold, readingOf, unchangedOf } from './reading.ts'

/** Takes readings that come through the user's nodes into the core; a wire from a *sensor* needs none of it. */
export default function record(RED: NodeApi): void {
  registerNode(RED, 'hygeia-record', (node, _, host) => {
    const listening = new Map<string, () => void>()
    let refused = 0
    node.on('input', (message, _send, done) => {
      const own = unchangedOf(message)
      // The core has it already: a wire that goes past Node-RED carries messages too, once another leaves its node.
      if (isTold(message) || (own !== undefined && !host.isReplaced(own))) {
        done()
        return
      }
      const reading = readingOf(message, node.id)
      if ('fault' in reading) {
        node.status(dot('red', reading.fault))
        done(new Error(reading.fault))
        return
      }
      const { source } = reading.entered
      if (!listening.has(source)) {
        const onRefused = (fault: string) =>
          node.status(dot('red', `${++refused} ${fault.toLowerCase()}`, 'ring'))
        listening.set(source, host.onRefused(source, onRefused))
      }
      host.enter(reading.entered)
      done()
    })
    return {
      undo: [
        () => {
          for (const stop of listening.values()) stop()
        },
      ],
    }
  })
}
