import { scoreFromCode, scoreText } from '@hygeia/protocol/news2/score'
import { NEWS2 } from '../pipeline/standing.ts'
import { dot, registerNode } from './adapter.ts'
import type { NodeApi, NodeStatus } from './node-red-api.ts'

const COLOURS: Readonly<Record<string, NonNullable<NodeStatus['fill']>>> = {
  low: 'green',
  'low-medium': 'yellow',
  medium: 'yellow',
  high: 'red',
}

/** Tells the early warning score as the core has it: each minute, and at once when something was entered. */
export default function news2(RED: NodeApi): void {
  registerNode(RED, 'hygeia-news2', (node, config, host) => {
    if (config.isScored !== true) return { running: () => dot('grey', 'not scored', 'ring') }
    let shown = dot('green', 'running')
    const stop = host.onSamples(NEWS2, ({ at, value }) => {
      const score = value === undefined ? undefined : scoreFromCode(value)
      if (score === undefined) return
      const { atLeast, known, hasThree, points, risk } = score
      const text = scoreText(score)
      // What is missing could change the band: a score that is not whole has none, and no colour of one.
      shown = dot(risk === undefined ? 'grey' : (COLOURS[risk] ?? 'grey'), text)
      node.status(shown)
      const isComplete = risk !== undefined
      node.send({
        topic: NEWS2,
        payload: {
          text,
          atLeast,
          known,
          isComplete,
          hasThree,
          points,
          ...(isComplete ? { score: atLeast, risk } : {}),
        },
        hygeia: { source: node.id, at, isRecorded: true },
      })
    })
    return { undo: [stop], running: () => shown }
  })
}
