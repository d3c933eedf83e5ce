// @peculiar/x509 needs it loaded before itself.
import 'reflect-metadata'
import { createHash, randomBytes } from 'node:crypto'
import type { Hex32 } from '@hygeia/protocol/ids'
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509CertificateGenerator,
} from '@peculiar/x509'

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const
const DAY_MS = 86_400_000

export interface TestCertificates {
  readonly ca: string
  readonly caHash: Hex32
  readonly cert: string
  readonly key: string
}

/** A CA and a certificate that it issued for loopback. @param from - first day, in days from now */
export async function makeCertificates({
  from = -1,
  days = 30,
  names = ['127.0.0.1'],
} = {}): Promise<TestCertificates> {
  const notBefore = new Date(Date.now() + from * DAY_MS)
  const notAfter = new Date(notBefore.getTime() + days * DAY_MS)
  const caKeys = await crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify'])
  const ca = await X509CertificateGenerator.createSelfSigned({
    serialNumber: randomBytes(8).toString('hex'),
    name: 'CN=Test CA',
    notBefore,
    notAfter,
    keys: caKeys,
    signingAlgorithm: ALGORITHM,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      await SubjectKeyIdentifierExtension.create(caKeys.publicKey),
    ],
  })
  const keys = await crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify'])
  const cert = await X509CertificateGenerator.create({
    serialNumber: randomBytes(8).toString('hex'),
    subject: 'CN=test',
    issuer: ca.subject,
    notBefore,
    notAfter,
    publicKey: keys.publicKey,
    signingKey: caKeys.privateKey,
    signingAlgorithm: ALGORITHM,
    extensions: [
      new SubjectAlternativeNameExtension(
        names.map((value) => ({ type: /^[\d.]+$/.test(value) ? 'ip' : 'dns', value })),
      ),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
      await AuthorityKeyIdentifierExtension.create(caKeys.publicKey),
    ],
  })
  const der = await crypto.subtle.exportKey('pkcs8', keys.privateKey)
  const caHash = createHash('sha256').update(new Uint8Array(ca.rawData)).digest('hex')
  return {
    ca: `${ca.toString('pem')}\n`,
    caHash: `0x${caHash}` as Hex32,
    cert: `${cert.toString('pem')}\n`,
    key: PemConverter.encode(der, 'PRIVATE KEY'),
  }
}
