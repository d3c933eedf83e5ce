import type { z } from 'zod'
import { HospitalError } from './errors.ts'
import { type HttpsResponse, httpsRequest } from './https.ts'
import { connectPinned } from './pinned-tls.ts'

export interface HospitalApiOptions {
  /** HTTPS origin. */
  readonly api: string
  /** The only CA that is trusted, PEM. */
  readonly ca: string
}

export interface HospitalApiDeps {
  /** Whether the clock is not right yet, so that dates in certificates say nothing. */
  readonly ignoresDates: () => boolean
}

/** What a device asks of its hospital over HTTPS. */
export class HospitalApi {
  readonly #options: HospitalApiOptions
  readonly #deps: HospitalApiDeps

  constructor(options: HospitalApiOptions, deps: HospitalApiDeps) {
    this.#options = options
    this.#deps = deps
  }

  /** @throws {HospitalError} */
  async getJson<S extends z.ZodType>(path: string, schema: S, signal?: AbortSignal): Promise<z.output<S>> {
    const { body } = ok(await this.#request('GET', path, undefined, signal))
    return parseJson(path, body, schema)
  }

  /** @returns undefined when there is nothing (yet) @throws {HospitalError} */
  async getBytes(path: string, signal?: AbortSignal): Promise<Uint8Array | undefined> {
    const response = await this.#request('GET', path, undefined, signal)
    return response.status === 404 ? undefined : ok(response).body
  }

  /** @returns false when the hospital knows no such place (yet) @throws {HospitalError} */
  async putCbor(path: string, bytes: Uint8Array, signal?: AbortSignal): Promise<boolean> {
    const response = await this.#request('PUT', path, { type: 'application/cbor', bytes }, signal)
    if (response.status === 404) return false
    ok(response)
    return true
  }

  async #request(
    method: 'GET' | 'PUT',
    path: string,
    body?: { readonly type: string; readonly bytes: Uint8Array },
    signal?: AbortSignal,
  ): Promise<HttpsResponse> {
    const url = new URL(path, this.#options.api)
    const socket = await connectPinned(
      {
        host: url.hostname.replace(/^\[|\]$/g, ''),
        port: Number(url.port || 443),
        ca: this.#options.ca,
        ignoresDates: this.#deps.ignoresDates(),
      },
      signal,
    )
    return httpsRequest({ method, url, socket, ...(body === undefined ? {} : { body }) }, signal)
  }
}

/** @throws {HospitalError} `HOSPITAL_MALFORMED` */
export function parseJson<S extends z.ZodType>(what: string, body: Uint8Array, schema: S): z.output<S> {
  try {
    return schema.parse(JSON.parse(new TextDecoder().decode(body)))
  } catch (cause) {
    const fault = { code: 'HOSPITAL_MALFORMED', what } as const
    throw new HospitalError(`${what} is not what was asked for`, fault, { cause })
  }
}

function ok(response: HttpsResponse): HttpsResponse {
  if (response.status >= 200 && response.status < 300) return response
  const problem = response.body.toString('utf8').slice(0, 300)
  throw new HospitalError(`the hospital answered ${response.status}`, {
    code: 'HOSPITAL_REFUSED',
    status: response.status,
    problem,
  })
}
