import type { z } from 'zod'
import { HospitalError } from './errors.ts'
import { refusal } from './problem.ts'

/** The `fetch` of a browser, or one that pins a hospital's certificate. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>

export interface Ask {
  readonly method?: 'GET' | 'PUT' | 'POST' | 'DELETE'
  /** Sent as JSON; `bigint`s as decimal strings. */
  readonly json?: unknown
  /** Sent as CBOR. */
  readonly cbor?: Uint8Array
  readonly token?: string | undefined
  readonly signal?: AbortSignal | undefined
  /** Where to go on in a stream of events; the answer has no end, and only `signal` ends it. */
  readonly after?: string | undefined
  readonly isEndless?: boolean
}

/** Longest that any one request may take: a relay answers within 30 s. */
const LIMIT_MS = 60_000

/** Requests to one hospital: sends, waits, turns refusals into errors and checks the shape of answers. */
export class Transport {
  readonly base: string
  readonly #fetch: Fetch

  constructor({ base, fetch }: { base: string; fetch: Fetch }) {
    this.base = base.replace(/\/+$/, '')
    this.#fetch = fetch
  }

  /** @throws {HospitalError} `UNREACHABLE`, `REFUSED` or `BAD_ANSWER` */
  async json<S extends z.ZodType>(path: string, schema: S, ask: Ask = {}): Promise<z.output<S>> {
    const response = await this.send(path, ask)
    const text = await response.text()
    try {
      return schema.parse(JSON.parse(text))
    } catch (cause) {
      throw this.badAnswer(path, cause)
    }
  }

  async bytes(path: string, ask: Ask = {}): Promise<Uint8Array> {
    const response = await this.send(path, ask)
    return new Uint8Array(await response.arrayBuffer())
  }

  async done(path: string, ask: Ask): Promise<void> {
    const response = await this.send(path, ask)
    await response.arrayBuffer()
  }

  /** @returns undefined on 404 */
  async bytesIfThere(path: string, ask: Ask = {}): Promise<Uint8Array | undefined> {
    try {
      return await this.bytes(path, ask)
    } catch (cause) {
      if (cause instanceof HospitalError && cause.detail.code === 'REFUSED' && cause.detail.status === 404) {
        return undefined
      }
      throw cause
    }
  }

  badAnswer(path: string, cause: unknown): HospitalError {
    const route = path.split('?')[0] ?? path
    return new HospitalError(
      `${this.base}${route} answered something unexpected: are hospital and hygeia of the same version?`,
      { code: 'BAD_ANSWER', path: route },
      { cause },
    )
  }

  async send(path: string, ask: Ask): Promise<Response> {
    const { method = 'GET', json, cbor, token, signal, after, isEndless = false } = ask
    const headers: Record<string, string> = {}
    if (token !== undefined) headers.authorization = `Bearer ${token}`
    if (json !== undefined) headers['content-type'] = 'application/json'
    if (cbor !== undefined) headers['content-type'] = 'application/cbor'
    if (after !== undefined) headers['last-event-id'] = after
    const ends = [signal, isEndless ? undefined : AbortSignal.timeout(LIMIT_MS)].filter(
      (end) => end !== undefined,
    )
    const init: RequestInit = { method, headers, signal: AbortSignal.any(ends) }
    if (json !== undefined) init.body = JSON.stringify(json, bigintAsText)
    if (cbor !== undefined) init.body = Uint8Array.from(cbor)
    let response: Response
    try {
      response = await this.#fetch(this.base + path, init)
    } catch (cause) {
      signal?.throwIfAborted()
      throw new HospitalError(
        `cannot reach ${this.base} (${reasonOf(cause)}): check the address and that the hospital is up`,
        { code: 'UNREACHABLE', base: this.base },
        { cause },
      )
    }
    if (response.ok) return response
    throw refusal(response.status, await response.text())
  }
}

function bigintAsText(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value
}

function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause)
  // fetch hides what happened one level down.
  return cause.cause instanceof Error ? cause.cause.message : cause.message
}
