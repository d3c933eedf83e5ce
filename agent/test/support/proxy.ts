import { createSocket, type RemoteInfo, type Socket as Udp } from 'node:dgram'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** A TCP proxy that can cut connections, stop forwarding without a word, and refuse new ones. */
export class TcpProxy {
  readonly #target: number
  readonly #pairs = new Set<{ client: Socket; server: Socket }>()
  readonly #server = createServer((client) => this.#join(client))
  isFrozen = false
  isRefusing = false

  constructor(target: number) {
    this.#target = target
  }

  async listen(): Promise<number> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
    return (this.#server.address() as AddressInfo).port
  }

  cut(): void {
    for (const { client, server } of this.#pairs) {
      client.destroy()
      server.destroy()
    }
  }

  async close(): Promise<void> {
    this.cut()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  #join(client: Socket): void {
    if (this.isRefusing) return void client.destroy()
    const server = connect(this.#target, '127.0.0.1')
    const pair = { client, server }
    this.#pairs.add(pair)
    const end = () => {
      this.#pairs.delete(pair)
      client.destroy()
      server.destroy()
    }
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      from.on('error', end)
      from.on('close', end)
      from.on('data', (bytes) => {
        if (!this.isFrozen) to.write(bytes)
      })
    }
  }
}

/** A UDP proxy for one client that loses, repeats and delays datagrams as `fate` says. */
export class UdpProxy {
  readonly #outside: Udp = createSocket('udp4')
  readonly #inside: Udp = createSocket('udp4')
  #client: RemoteInfo | undefined
  /** For each datagram: how many copies go on, each so many ms later. */
  fate: () => readonly number[] = () => [0]

  constructor(target: number) {
    this.#outside.on('message', (bytes, from) => {
      this.#client = from
      this.#forward(() => this.#inside.send(bytes, target, '127.0.0.1'))
    })
    this.#inside.on('message', (bytes) => {
      const client = this.#client
      if (client !== undefined) this.#forward(() => this.#outside.send(bytes, client.port, client.address))
    })
  }

  async listen(): Promise<number> {
    await new Promise<void>((resolve) => this.#outside.bind(0, '127.0.0.1', resolve))
    return this.#outside.address().port
  }

  /** Somebody else's datagram, with the server's address. */
  inject(bytes: Uint8Array): void {
    if (this.#client !== undefined) this.#outside.send(bytes, this.#client.port, this.#client.address)
  }

  close(): void {
    this.fate = () => []
    this.#outside.close()
    this.#inside.close()
  }

  #forward(send: () => void): void {
    for (const delayMs of this.fate()) {
      setTimeout(() => {
        try {
          send()
        } catch {
          // Closed meanwhile.
        }
      }, delayMs)
    }
  }
}
