/** The part of the helper that is used here. @see github.com/node-red/node-red-node-test-helper */
declare module 'node-red-node-test-helper' {
  import type { EventEmitter } from 'node:events'

  interface Helper {
    settings(settings: object): object
    load(nodes: readonly unknown[], flow: readonly object[]): Promise<void>
    getNode(id: string): EventEmitter & { receive(message: object): void; send(message: object): void }
    unload(): Promise<void>
  }
  const helper: Helper
  export default helper
}
