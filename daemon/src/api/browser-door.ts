import { once } from 'node:events'
import { createServer, type Server, type ServerOptions } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { Service } from '@hygeia/runtime/lifecycle'
import { refuseConnection } from './refuse.ts'
import type { App } from './server.ts'

export interface BrowserDoorOptions {
  readonly host: string
  /** 0 takes any free one. */
  readonly port: number
  readonly maxConnections: number
  /** Limits of time and size, as the other door has them. */
  readonly server: ServerOptions
  /** PEM; until another is given. */
  readonly tls: { readonly cert: string; readonly key: string }
}

/** A further HTTPS door to the same routes, with a certificate of its own that may change while it is open. */
export class BrowserDoor implements Service {
  readonly #options: BrowserDoorOptions
  readonly #server: Server

  constructor(options: BrowserDoorOptions, app: Pick<App, 'routing'>) {
    this.#options = options
    this.#server = createServer({ ...options.server, ...options.tls, minVersion: 'TLSv1.2' }, app.routing)
    this.#server.maxConnections = options.maxConnections
    this.#server.on('clientError', refuseConnection)
  }

  async start(): Promise<void> {
    const { host, port } = this.#options
    this.#server.listen(port, host)
    await once(this.#server, 'listening')
  }

  async stop(): Promise<void> {
    if (!this.#server.listening) return
    const closed = once(this.#server, 'close')
    this.#server.close()
    this.#server.closeAllConnections()
    await closed
  }

  /** Whoever comes from now on is shown this certificate. */
  setCertificate(tls: { readonly cert: string; readonly key: string }): void {
    this.#server.setSecureContext({ ...tls, minVersion: 'TLSv1.2' })
  }

  /** Where it listens; known once started. */
  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }
}
