import { dot, registerNode } from './adapter.ts'
import type { NodeApi } from './node-red-api.ts'

/** Sends how the agent is: sensors, spool, link. No readings, keys or names are in it. */
export default function status(RED: NodeApi): void {
  registerNode(RED, 'hygeia-status', (node, _, host) => ({
    undo: [
      host.onStatus(({ sampling, delivery }) => {
        const away = sampling?.sensors.filter(({ state }) => state === 'away').length ?? 0
        const trouble = delivery?.pipeline.trouble
        const recording = delivery?.spool.recording ?? 'all'
        if (trouble !== undefined) node.status(dot('red', trouble.toLowerCase().replaceAll('_', ' ')))
        else if (recording === 'alerts-only') node.status(dot('red', 'only alerts kept'))
        else if (recording !== 'all') node.status(dot('yellow', 'spool fills'))
        else if (away > 0) node.status(dot('yellow', `${away} sensors away`))
        else node.status(dot('green', 'well'))
        node.send({ topic: 'status', payload: { sampling, delivery } })
      }),
    ],
  }))
}
