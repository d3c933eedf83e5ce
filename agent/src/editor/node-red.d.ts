/** The part of Node-RED's embedding interface that is used here. @see nodered.org/docs/user-guide/runtime/embedding */
declare module 'node-red' {
  import type { EventEmitter } from 'node:events'
  import type { RequestListener, Server } from 'node:http'

  interface NodeRed {
    init(server: Server, settings: object): void
    start(): Promise<void>
    stop(): Promise<void>
    readonly httpAdmin: RequestListener
    readonly events: EventEmitter
  }
  const RED: NodeRed
  export default RED
}
