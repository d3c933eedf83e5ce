import { createHash, createPrivateKey, X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Hex32, toHex } from '@hygeia/protocol/ids'
import { RuntimeError } from '@hygeia/runtime/errors'

export interface TlsFiles {
  readonly key: string
  /** The server's certificate, then the CA's. */
  readonly cert: string
  readonly ca: string
  /** SHA-256 of the CA certificate in DER: what devices pin. */
  readonly caHash: Hex32
  /** When the server's certificate begins, a day before it was made, and ends. */
  readonly notBefore: Date
  readonly notAfter: Date
}

/** @throws {RuntimeError} when a file is missing, or does not hold what it should */
export async function readCertificates(dir: string): Promise<TlsFiles> {
  const [key, cert, ca] = await Promise.all([
    readPem(join(dir, 'tls-key.pem'), createPrivateKey),
    readPem(join(dir, 'tls.pem'), (pem) => new X509Certificate(pem)),
    readPem(join(dir, 'ca.pem'), (pem) => new X509Certificate(pem)),
  ])
  return {
    key: key.pem,
    cert: cert.pem,
    ca: ca.pem,
    caHash: toHex(createHash('sha256').update(ca.parsed.raw).digest()) as string as Hex32,
    notBefore: new Date(cert.parsed.validFrom),
    notAfter: new Date(cert.parsed.validTo),
  }
}

/** @throws {RuntimeError} `FILE_UNREADABLE`, `FILE_INVALID` */
export async function readPem<T>(
  path: string,
  parse: (pem: string) => T,
): Promise<{ pem: string; parsed: T }> {
  const pem = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new RuntimeError(
      `${path} is missing: restore it from a backup`,
      { code: 'FILE_UNREADABLE', path },
      { cause },
    )
  })
  try {
    return { pem, parsed: parse(pem) }
  } catch (cause) {
    throw new RuntimeError(
      `${path} is damaged: restore it from a backup`,
      { code: 'FILE_INVALID', path, problems: ['not PEM of its kind'] },
      { cause },
    )
  }
}
