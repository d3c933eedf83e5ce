import type { NodeHost } from '../editor/node-host.ts'

/** A message as it goes from node to node; what the nodes here put in it besides is below `hygeia`. */
export interface Message {
  topic?: unknown
  payload?: unknown
  hygeia?: unknown
  [field: string]: unknown
}

export interface NodeStatus {
  readonly fill?: 'red' | 'green' | 'yellow' | 'grey'
  readonly shape?: 'dot' | 'ring'
  readonly text?: string
}

type Send = (message: Message) => void

/** The part of a Node-RED node that the nodes here use. @see nodered.org/docs/creating-nodes/node-js */
export interface RedNode {
  readonly id: string
  on(event: 'input', listener: (message: Message, send: Send, done: (error?: Error) => void) => void): void
  on(event: 'close', listener: () => void): void
  status(status: NodeStatus): void
  send: Send
  warn(text: string): void
  error(text: string): void
}

/** What a node type tells the editor, in `RED.settings`. */
export type EditorSettings = Readonly<Record<string, { readonly value: unknown; readonly exportable: true }>>

export interface NodeApi {
  readonly nodes: {
    createNode(node: RedNode, config: object): void
    registerType(
      type: string,
      make: (this: RedNode, config: Record<string, unknown>) => void,
      options: { readonly settings: EditorSettings },
    ): void
  }
  readonly settings: { readonly hygeia?: NodeHost }
}
