import { readFile } from 'node:fs/promises'
import { Flow, Wiring } from '../pipeline/flow.ts'
import { TYPES } from '../pipeline/node-types.ts'

/** What of a flow runs without Node-RED: the nodes of the pipeline, and what only says or gathers something. */
const WITHOUT_NODE_RED: ReadonlySet<string> = new Set([
  ...Object.values(TYPES),
  ...['tab', 'group', 'comment', 'junction', 'global-config'],
])

/**
 * Whether the flow has a node that nobody but Node-RED can run. One that cannot be read is Node-RED's to complain of;
 * where there is none yet, nobody added anything.
 *
 * @param flowFile - as Node-RED keeps it
 */
export async function needsNodeRed(flowFile: string): Promise<boolean> {
  const text = await readFile(flowFile, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return '[]'
    throw cause
  })
  const flow = Flow.safeParse(parsed(text))
  if (!flow.success) return true
  return new Wiring(flow.data).nodes.some(({ type }) => !WITHOUT_NODE_RED.has(type))
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
