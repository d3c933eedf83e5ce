import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Service } from '@hygeia/runtime/lifecycle'

const PATH = /^\/\.well-known\/acme-challenge\/([A-Za-z0-9_-]{1,128})$/
const TIMEOUT_MS = 5_000
const CONNECTIONS = 100

export interface ChallengesOptions {
  readonly host: string
  readonly port: number
  /** Where whoever came without TLS is sent on to. */
  readonly redirectTo: () => string
}

/** Plain HTTP, for one thing: the answers that a certificate authority asks for. @see RFC 8555 §8.3 */
export class Challenges implements Service {
  readonly #options: ChallengesOptions
  readonly #answers = new Map<string, string>()
  readonly #server: Server

  constructor(options: ChallengesOptions) {
    this.#options = options
    const limits = { requestTimeout: TIMEOUT_MS, headersTimeout: TIMEOUT_MS, maxHeaderSize: 8_192 }
    this.#server = createServer(limits, ({ url = '/' }, response) => {
      const answer = this.#answers.get(PATH.exec(url)?.[1] ?? '')
      if (answer !== undefined) response.writeHead(200, { 'content-type': 'text/plain' }).end(answer)
      else if (url.startsWith('/.well-known/')) response.writeHead(404).end()
      else response.writeHead(308, { location: this.#options.redirectTo() }).end()
    })
    this.#server.maxConnections = CONNECTIONS
  }

  async start(): Promise<void> {
    const { host, port } = this.#options
    this.#server.listen(port, host)
    await once(this.#server, 'listening')
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections()
    if (this.#server.listening) await new Promise((resolve) => this.#server.close(resolve))
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  put(token: string, answer: string): void {
    this.#answers.set(token, answer)
  }

  remove(token: string): void {
    this.#answers.delete(token)
  }
}
