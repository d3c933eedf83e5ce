import { X509Certificate } from 'node:crypto'
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DAY_MS } from '@hygeia/protocol/units'
import { writeAtomic } from '@hygeia/runtime/atomic-write'

const RENEW_BEFORE_DAYS = 30

export interface ServerIdentity {
  /** PEM. */
  readonly cert: string
  readonly key: string
}

/**
 * A certificate that this machine makes for itself, so that nothing goes over the network in the clear. Who opens the
 * editor has to compare its fingerprint once; the same one is kept until it is about to end.
 *
 * @param folder - where both files are kept, mode 0600
 * @param host - that the editor listens at
 */
export async function selfMadeIdentity(
  folder: string,
  host: string,
  now = Date.now(),
): Promise<ServerIdentity> {
  const files = [join(folder, 'tls.crt'), join(folder, 'tls.key')] as const
  const kept = await Promise.all(files.map((file) => readFile(file, 'utf8'))).catch(() => undefined)
  if (kept !== undefined) {
    const [cert = '', key = ''] = kept
    if (endOf(cert) > now + RENEW_BEFORE_DAYS * DAY_MS) return { cert, key }
  }
  // Needed once in two years, and large.
  const { selfSigned } = await import('./self-signed.ts')
  const made = await selfSigned(host, now)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  // The certificate last: a power cut between leaves no certificate whose key is another.
  await writeAtomic(files[1], made.key)
  await writeAtomic(files[0], made.cert)
  return made
}

/** SHA-256 of a certificate, as browsers show it: `AB:CD:…`. */
export function fingerprintOf({ cert }: ServerIdentity): string {
  return new X509Certificate(cert).fingerprint256
}

/** @returns ms since the Unix epoch; 0 of what is no certificate */
function endOf(cert: string): number {
  try {
    return new X509Certificate(cert).validToDate.getTime()
  } catch {
    return 0
  }
}
