import type { FastifyRequest } from 'fastify'

/** Methods that change nothing. @see RFC 9110 §9.2.1 */
const SAFE = new Set(['GET', 'HEAD', 'OPTIONS'])

/**
 * Whether a request that a cookie speaks for came from a page of this hospital. What changes something has to say where
 * it comes from; browsers always do.
 *
 * @see Fetch Metadata (`Sec-Fetch-Site`), RFC 6454 (`Origin`)
 */
export function isFromOwnPage({ method, headers }: Pick<FastifyRequest, 'method' | 'headers'>): boolean {
  const { origin, host, 'sec-fetch-site': site } = headers
  if (site !== undefined && site !== 'same-origin' && !(site === 'none' && SAFE.has(method))) return false
  if (origin !== undefined) return host !== undefined && origin === `https://${host}`
  return site !== undefined || SAFE.has(method)
}
