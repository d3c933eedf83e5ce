import { Agent, request } from 'node:https'
import type { AddressInfo } from 'node:net'

export interface Asked {
  readonly method?: string
  readonly json?: unknown
  readonly cbor?: Uint8Array
  /** A body as it is, with the content type given in `headers`. */
  readonly raw?: string | Uint8Array
  readonly token?: string | undefined
  readonly headers?: Readonly<Record<string, string>>
}

export interface Answered {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly bytes: Buffer
  /** The body as JSON; undefined when it is none. */
  readonly json: Record<string, unknown> & { readonly code?: string }
}

/** Talks to one hospital over TLS, trusting only its CA. */
export class Client {
  readonly port: number
  readonly #agent: Agent

  constructor({ port, ca }: { readonly port: AddressInfo['port']; readonly ca: string }) {
    this.port = port
    this.#agent = new Agent({ ca, keepAlive: true, maxSockets: 64 })
  }

  close(): void {
    this.#agent.destroy()
  }

  ask(path: string, { method, json, cbor, raw, token, headers = {} }: Asked = {}): Promise<Answered> {
    const body = raw ?? cbor ?? (json === undefined ? undefined : JSON.stringify(json, bigintAsText))
    const type = cbor !== undefined ? 'application/cbor' : json === undefined ? undefined : 'application/json'
    const options = {
      host: '127.0.0.1',
      port: this.port,
      path,
      method: method ?? (body === undefined ? 'GET' : 'POST'),
      agent: this.#agent,
      headers: {
        ...(type && { 'content-type': type }),
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...(body !== undefined && { 'content-length': String(Buffer.byteLength(body)) }),
        ...headers,
      },
    }
    return new Promise((resolve, reject) => {
      const sent = request(options, (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('error', reject)
        response.on('end', () => {
          const bytes = Buffer.concat(chunks)
          resolve({ status: response.statusCode ?? 0, headers: response.headers, bytes, json: parsed(bytes) })
        })
      })
      sent.on('error', reject)
      sent.end(body)
    })
  }
}

function bigintAsText(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value
}

function parsed(bytes: Buffer): Answered['json'] {
  try {
    return JSON.parse(bytes.toString())
  } catch {
    return {}
  }
}
