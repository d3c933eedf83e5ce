import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Service } from '@hygeia/runtime/lifecycle'
import { ChainError } from '../errors.ts'
import { answerBody, type Call } from './answer-body.ts'

const MAX_BODY_BYTES = 4 * 1024 * 1024
const MAX_CONNECTIONS = 256
const TIMEOUTS = {
  /** For a whole request: a body that trickles in must not hold one of the connections. */
  requestTimeout: 10_000,
  connectionsCheckingInterval: 2_000,
  /** Longer than programs here pause between calls: one sent on a closing connection would fail. */
  keepAliveTimeout: 60_000,
}

/**
 * JSON-RPC over HTTP for programs on this machine. A page in a browser on this machine must not reach it: the type
 * of the body cannot be sent without a preflight that is never answered, and a name that an attacker points
 * at 127.0.0.1 is not one of the names in `Host` that are accepted.
 */
export class RpcServer implements Service {
  readonly #server: Server
  readonly #host: string
  readonly #port: number
  readonly #call: Call

  /** @param port - 0 for any free one */
  constructor({ host, port }: { host: string; port: number }, { call }: { call: Call }) {
    this.#host = host
    this.#port = port
    this.#call = call
    this.#server = createServer(TIMEOUTS, (request, response) => {
      this.#answer(request, response).catch(() => response.destroy())
    })
    this.#server.maxConnections = MAX_CONNECTIONS
  }

  /** @throws {ChainError} `RPC_ADDRESS` */
  async start(): Promise<void> {
    this.#server.listen(this.#port, this.#host)
    await once(this.#server, 'listening').catch((cause: unknown) => {
      const reason = cause instanceof Error ? cause.message : String(cause)
      throw new ChainError(`the chain's JSON-RPC cannot listen: ${reason}`, {
        code: 'RPC_ADDRESS',
        host: this.#host,
        port: this.#port,
        reason,
      })
    })
  }

  async stop(): Promise<void> {
    if (!this.#server.listening) return
    const closed = once(this.#server, 'close')
    this.#server.close()
    this.#server.closeAllConnections()
    await closed
  }

  get url(): string {
    const { port } = this.#server.address() as AddressInfo
    return `http://${this.#host.includes(':') ? `[${this.#host}]` : this.#host}:${port}`
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (!this.#isLocalName(request.headers.host)) return refuse(response, 403, 'invalid host specified')
    if (request.method !== 'POST') return refuse(response, 405, 'method not allowed')
    if (!/^application\/json(;|$)/i.test(request.headers['content-type'] ?? '')) {
      return refuse(response, 415, 'invalid content type, only application/json is supported')
    }
    const body = await readBody(request)
    if (body === undefined) return refuse(response, 413, 'request entity too large')
    const answer = await answerBody(body, this.#call)
    if (answer === undefined) {
      response.writeHead(204).end()
      return
    }
    const text = JSON.stringify(answer)
    response.writeHead(200, {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(text),
      'x-content-type-options': 'nosniff',
    })
    response.end(text)
  }

  #isLocalName(host: string | undefined): boolean {
    const name = host?.replace(/:\d+$/, '').toLowerCase()
    return name === this.#host || name === 'localhost' || name === '127.0.0.1' || name === '[::1]'
  }
}

function refuse(response: ServerResponse, status: number, reason: string): void {
  // The rest of the body is not read: the connection cannot be used again.
  response.writeHead(status, { 'content-type': 'text/plain', connection: 'close' }).end(`${reason}\n`)
}

/** @returns `undefined` when it is larger than allowed */
async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request) {
    bytes += chunk.length
    if (bytes > MAX_BODY_BYTES) return undefined
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}
