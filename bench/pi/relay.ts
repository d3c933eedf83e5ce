import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'

/** A piece of what the device sent, as it came off its wire. */
export interface Chunk {
  readonly bytes: number
  /** By `performance.now()`. */
  readonly at: number
}

/** Stands before one of the hospital's TCP doors and notes when a device sends how much; understands nothing of it. */
export class Relay implements AsyncDisposable {
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  readonly chunks: Chunk[] = []

  private constructor(server: Server) {
    this.#server = server
  }

  /** @param door - address and port that it passes everything on to */
  static async listen(host: string, door: { readonly host: string; readonly port: number }): Promise<Relay> {
    const server = createServer()
    const relay = new Relay(server)
    server.on('connection', (device: Socket) => {
      device.on('data', ({ length }) => relay.chunks.push({ bytes: length, at: performance.now() }))
      const hospital = connect(door)
      for (const [one, other] of [
        [device, hospital],
        [hospital, device],
      ] as const) {
        relay.#sockets.add(one)
        one.setNoDelay().pipe(other)
        // Whichever end goes takes the other along.
        one.on('error', () => other.destroy())
        one.on('close', () => {
          relay.#sockets.delete(one)
          other.destroy()
        })
      }
    })
    await once(server.listen(0, host), 'listening')
    return relay
  }

  get port(): number {
    const address = this.#server.address()
    if (address === null || typeof address === 'string') throw new Error('the relay does not listen')
    return address.port
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    await new Promise((resolve) => this.#server.close(resolve))
  }
}
