import { createHash, X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { Agent, type RequestOptions, request } from 'node:https'
import { pinnedAgent } from '@hygeia/runtime/pinned-agent'
import { HospitalError } from '../../src/hospital/errors.ts'
import type { Fetch } from '../../src/hospital/transport.ts'
import { HostError, usage } from './errors.ts'

/** Largest answer: 2,000 blocks of 64 KiB. */
const ANSWER_LIMIT_BYTES = 160 * 1_048_576

/**
 * A `fetch` that believes one certificate authority and no other.
 *
 * @param ca - PEM
 * @param ended - ends what is still under way: a hospital that never answers must not keep the process
 */
export function pinnedFetch(ca: string, ended?: AbortSignal): Fetch {
  const agent = pinnedAgent(ca)
  return (url, init) => {
    const signals = [init.signal, ended].filter((signal) => signal != null)
    return send(url, { ...init, signal: AbortSignal.any(signals) }, { agent })
  }
}

/**
 * A hospital's CA certificate.
 *
 * @param named - a PEM file, or the certificate's SHA-256 in hex, with or without `sha256:` and colons
 * @returns PEM
 * @throws {HostError} `WRONG_CA` when the hospital shows another certificate than was named
 */
export async function findCa(named: string, base: string): Promise<string> {
  const digest = named
    .replace(/^sha256:|^0x/i, '')
    .replaceAll(':', '')
    .toLowerCase()
  if (!/^[0-9a-f]{64}$/.test(digest)) {
    return readFile(named, 'utf8').catch((cause: unknown) => {
      throw new HostError(
        `--ca ${named} is neither a readable file nor a SHA-256`,
        { code: 'USAGE' },
        { cause },
      )
    })
  }
  // Nothing of this answer is believed but what its digest proves.
  const agent = new Agent({ rejectUnauthorized: false })
  const response = await send(`${base}/v1/ca.pem`, { method: 'GET' }, { agent }).catch((cause: unknown) => {
    throw new HospitalError(
      `cannot reach ${base}: check the address and that the hospital is up`,
      { code: 'UNREACHABLE', base },
      { cause },
    )
  })
  const pem = await response.text()
  if (!response.ok || caDigest(pem) !== digest) {
    throw new HostError('the hospital’s certificate is not the one named by --ca: do not go on', {
      code: 'WRONG_CA',
    })
  }
  return pem
}

/** SHA-256 of a certificate in DER, in hex. @param pem - one certificate */
export function caDigest(pem: string): string {
  try {
    return createHash('sha256').update(new X509Certificate(pem).raw).digest('hex')
  } catch {
    throw usage('--ca does not hold a PEM certificate')
  }
}

function send(url: string, init: RequestInit, options: RequestOptions): Promise<Response> {
  const headers = Object.fromEntries(new Headers(init.headers))
  const body = init.body
  if (body != null && typeof body !== 'string' && !(body instanceof Uint8Array)) {
    return Promise.reject(new TypeError('a body of text or bytes'))
  }
  return new Promise((resolve, reject) => {
    const call = request(
      url,
      { ...options, method: init.method ?? 'GET', headers, signal: init.signal ?? undefined },
      (answer) => {
        const parts: Buffer[] = []
        let length = 0
        answer.on('data', (part: Buffer) => {
          length += part.length
          if (length > ANSWER_LIMIT_BYTES) call.destroy(new Error('the answer is too long'))
          else parts.push(part)
        })
        answer.on('error', reject)
        answer.on('end', () => {
          const status = answer.statusCode ?? 500
          // A response with these statuses may not have a body, not even an empty one.
          const bytes = status === 204 || status === 304 ? null : Buffer.concat(parts)
          resolve(new Response(bytes, { status }))
        })
      },
    )
    call.on('error', reject)
    // With its length, not in chunks: some doors refuse to read on without it.
    call.end(body ?? undefined)
  })
}
