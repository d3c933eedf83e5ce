import { createPrivateKey, X509Certificate } from 'node:crypto'
import { CodedError } from '@hygeia/protocol/errors'
import { DAY_MS } from '@hygeia/protocol/units'

/** PEM: a certificate with those between it and its root, and the key that belongs to it. */
export interface CertificatePair {
  readonly cert: string
  readonly key: string
}

export type CertificateFault =
  | { readonly code: 'CERTIFICATE_UNREADABLE'; readonly path: string }
  /** The key is another certificate's. */
  | { readonly code: 'CERTIFICATE_PAIR' }

export class CertificateError extends CodedError<CertificateFault> {}

/** Renewed this long before its end, or when a third of its life is left. */
const RENEW_BEFORE_MS = 30 * DAY_MS

/** @throws {CertificateError} `CERTIFICATE_PAIR`, also when either is no PEM */
export function checkPair(pair: CertificatePair): CertificatePair {
  let isPair = false
  try {
    isPair = new X509Certificate(pair.cert).checkPrivateKey(createPrivateKey(pair.key))
  } catch {
    // Neither, then.
  }
  if (isPair) return pair
  throw new CertificateError('certificate and key do not belong together', { code: 'CERTIFICATE_PAIR' })
}

/** Whether `pair` is good for each of `names`, and for longer than a third of its life. */
export function isFresh({ cert }: CertificatePair, names: readonly string[], now: number): boolean {
  const certificate = new X509Certificate(cert)
  const [begin, end] = [certificate.validFromDate.getTime(), certificate.validToDate.getTime()]
  const isLasting = end - now > Math.min((end - begin) / 3, RENEW_BEFORE_MS)
  return isLasting && names.every((name) => certificate.checkHost(name) !== undefined)
}
