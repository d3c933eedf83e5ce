import type { NodeHost, NodeState } from '../editor/node-host.ts'
import type { EditorSettings, NodeApi, NodeStatus, RedNode } from './node-red-api.ts'

/** The editor cuts what is longer than this off a status. */
const STATUS_LENGTH = 19

/** A status whose text fits under a node. */
export function dot(
  fill: NonNullable<NodeStatus['fill']>,
  text: string,
  shape: 'dot' | 'ring' = 'dot',
): NodeStatus {
  const fitting = text.length <= STATUS_LENGTH ? text : `${text.slice(0, STATUS_LENGTH - 1)}…`
  return { fill, shape, text: fitting }
}

/** What a node does besides showing its place in the pipeline. */
export interface Part {
  /** When the node closes. */
  readonly undo?: readonly (() => void)[]
  /** What it shows while its pipeline runs. */
  readonly running?: () => NodeStatus
}

/**
 * Register a node type that shows its place in the pipeline, and lets `make` add what it does besides.
 *
 * Outside of an agent there is no host: the node then says so and does nothing.
 *
 * @param settings - what the editor's dialogs are told; names begin with that of the type
 */
export function registerNode(
  RED: NodeApi,
  type: string,
  make: (node: RedNode, config: Record<string, unknown>, host: NodeHost) => Part,
  settings: EditorSettings = {},
): void {
  RED.nodes.registerType(
    type,
    function (config) {
      RED.nodes.createNode(this, config)
      const host = RED.settings.hygeia
      if (host === undefined) {
        this.status(dot('grey', 'not in an agent', 'ring'))
        return
      }
      const { undo = [], running = () => dot('green', 'running') } = make(this, config, host)
      const onState = (state: NodeState) => showState(this, state, running)
      const stop = host.onState(this.id, onState)
      this.on('close', () => {
        for (const one of [...undo, stop]) one()
      })
    },
    { settings },
  )
}

function showState(node: RedNode, state: NodeState, running: () => NodeStatus): void {
  if (state.kind === 'running') node.status(running())
  else if (!state.isHere) node.status(dot('yellow', 'last good runs', 'ring'))
  else {
    node.status(dot('red', state.message))
    node.error(state.message)
  }
}
