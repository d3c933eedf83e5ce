import type { NodeHost } from '@hygeia/agent/editor/node-host'
import type { NodeApi, NodeStatus, RedNode } from '@hygeia/agent/nodes/node-red-api'
import status from '@hygeia/agent/nodes/status'
import type { RecordingStep } from '@hygeia/agent/spool/room'
import type { CoreStatus } from '@hygeia/agent/workers/messages'
import t from 'tap'

/** The node as Node-RED makes it, and what it shows for each status of the core. */
function shownBy(): (core: { recording: RecordingStep; trouble?: string }) => NodeStatus | undefined {
  let tell: (core: CoreStatus) => void = () => {}
  let shown: NodeStatus | undefined
  const host = {
    onState: () => () => {},
    onStatus: (listener: typeof tell) => {
      tell = listener
      return () => {}
    },
  } as unknown as NodeHost
  const node: RedNode = {
    id: 'one',
    on: () => {},
    status: (given) => {
      shown = given
    },
    send: () => {},
    warn: () => {},
    error: () => {},
  }
  const RED: NodeApi = {
    nodes: { createNode: () => {}, registerType: (_, make) => make.call(node, {}) },
    settings: { hygeia: host },
  }
  status(RED)
  return ({ recording, trouble }) => {
    tell({
      sampling: undefined,
      delivery: { spool: { recording }, pipeline: { trouble } },
    } as unknown as CoreStatus)
    return shown
  }
}

t.test('the status node shows that the spool fills, and that it is full', async (t) => {
  const shown = shownBy()
  t.match(shown({ recording: 'all' }), { fill: 'green', text: 'well' })
  t.match(shown({ recording: 'rest-thinned' }), { fill: 'yellow', text: 'spool fills' })
  t.match(shown({ recording: 'alerts-only' }), { fill: 'red', text: 'only alerts kept' })
  t.match(shown({ recording: 'alerts-only', trouble: 'SPOOL_FULL' }), { fill: 'red', text: 'spool full' })
})
