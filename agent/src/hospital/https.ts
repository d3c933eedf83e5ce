import type { IncomingMessage } from 'node:http'
import { type RequestOptions, request } from 'node:https'
import type { Socket } from 'node:net'
import { within } from '@hygeia/runtime/abort'
import { HospitalError } from './errors.ts'

export interface HttpsRequest {
  readonly method: 'GET' | 'PUT' | 'POST'
  readonly url: URL
  readonly body?: { readonly type: string; readonly bytes: Uint8Array }
  /** Connection to use; when absent, a new one whose certificate nobody checks. */
  readonly socket?: Socket
  readonly timeoutMs?: number
}

export interface HttpsResponse {
  readonly status: number
  readonly body: Buffer
}

/** A hospital has nothing to tell a device in one answer that is longer. */
const BODY_LIMIT_BYTES = 262_144

/** One request, one bounded answer. @throws {HospitalError} `HOSPITAL_UNREACHABLE` or `HOSPITAL_MALFORMED` */
export async function httpsRequest(
  { method, url, body, socket, timeoutMs = 10_000 }: HttpsRequest,
  signal?: AbortSignal,
): Promise<HttpsResponse> {
  const until = within(timeoutMs, signal)
  const options: RequestOptions = {
    method,
    signal: until,
    headers: {
      accept: '*/*',
      connection: 'close',
      ...(body === undefined
        ? {}
        : { 'content-type': body.type, 'content-length': String(body.bytes.length) }),
    },
    // With an agent, even with none, Node makes a connection of its own.
    ...(socket === undefined
      ? { agent: false, rejectUnauthorized: false }
      : { createConnection: () => socket }),
  }
  try {
    return await new Promise<HttpsResponse>((resolve, reject) => {
      const asked = request(url, options, (response) => {
        gather(response).then((bytes) => resolve({ status: response.statusCode ?? 0, body: bytes }), reject)
      })
      asked.once('error', reject)
      asked.end(body?.bytes)
    })
  } catch (cause) {
    socket?.destroy()
    signal?.throwIfAborted()
    if (cause instanceof HospitalError) throw cause
    const { origin } = url
    throw new HospitalError(`${origin} does not answer`, { code: 'HOSPITAL_UNREACHABLE', origin }, { cause })
  }
}

async function gather(response: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = []
  let length = 0
  for await (const part of response) {
    length += part.length
    if (length > BODY_LIMIT_BYTES) {
      response.destroy()
      throw new HospitalError('an answer without end', { code: 'HOSPITAL_MALFORMED', what: 'body' })
    }
    parts.push(part)
  }
  return Buffer.concat(parts)
}
