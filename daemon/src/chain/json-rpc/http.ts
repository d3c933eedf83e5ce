import { within } from '@hygeia/runtime/abort'
import { down, RpcAnswer, resultOf } from './answer.ts'
import type { RpcTransport } from './transport.ts'

export interface HttpTransportOptions {
  /** Without credentials. */
  readonly url: string
  /** Sent as `Authorization: Bearer`. */
  readonly token?: string | undefined
}

const TIMEOUT_MS = 30_000
/** Of an answer: logs of many blocks are the largest. */
const LIMIT_BYTES = 64 * 1_048_576

/** JSON-RPC over HTTP, one call to a request. */
export class HttpTransport implements RpcTransport {
  readonly #options: HttpTransportOptions
  readonly #abort = new AbortController()
  #calls = 0

  constructor(options: HttpTransportOptions) {
    this.#options = options
  }

  async call(method: string, params: readonly unknown[]): Promise<unknown> {
    const { url, token } = this.#options
    const body = JSON.stringify({ jsonrpc: '2.0', id: this.#calls++, method, params })
    let answer: RpcAnswer
    try {
      const response = await fetch(url, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        },
        body,
        redirect: 'error',
        signal: within(TIMEOUT_MS, this.#abort.signal),
      })
      const text = await readText(response)
      // Nodes say what was wrong with a call in the body, also with a status of 4xx.
      if (!response.ok && !text.startsWith('{')) throw new Error(`HTTP ${response.status}`)
      answer = RpcAnswer.parse(JSON.parse(text))
    } catch (cause) {
      throw down(reasonOf(cause), cause)
    }
    return resultOf(answer)
  }

  async close(): Promise<void> {
    this.#abort.abort()
  }
}

async function readText(response: Response): Promise<string> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length
    if (bytes > LIMIT_BYTES) throw new Error('the answer is too large')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

/** What `fetch` hides behind "fetch failed". */
function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause)
  return cause.cause instanceof Error ? cause.cause.message || cause.cause.name : cause.message
}
