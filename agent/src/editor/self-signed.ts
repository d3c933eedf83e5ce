// @peculiar/x509 needs it loaded before itself.
import 'reflect-metadata'
import { randomBytes } from 'node:crypto'
import { hostname, networkInterfaces } from 'node:os'
import { DAY_MS } from '@hygeia/protocol/units'
import {
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
} from '@peculiar/x509'
import type { ServerIdentity } from './certificate.ts'

/** Of a server: certificates that are good for longer are not taken by all browsers. */
const GOOD_FOR_DAYS = 825
/** A clock that is a little behind would not take it yet. */
const SINCE_DAYS = -1
const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const

/** A new key, and its certificate for this machine. @param host - at which it is reached */
export async function selfSigned(host: string, now: number): Promise<ServerIdentity> {
  const keys = await crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify'])
  const cert = await X509CertificateGenerator.createSelfSigned({
    serialNumber: randomBytes(16).toString('hex'),
    name: `CN=${hostname()}`,
    notBefore: new Date(now + SINCE_DAYS * DAY_MS),
    notAfter: new Date(now + (GOOD_FOR_DAYS + SINCE_DAYS) * DAY_MS),
    keys,
    signingAlgorithm: ALGORITHM,
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
      new SubjectAlternativeNameExtension(namesOf(host)),
    ],
  })
  const key = await crypto.subtle.exportKey('pkcs8', keys.privateKey)
  return { cert: cert.toString('pem'), key: PemConverter.encode(key, 'PRIVATE KEY') }
}

/** Under which names and addresses this machine is reached. */
function namesOf(host: string): { type: 'dns' | 'ip'; value: string }[] {
  const name = hostname()
  const isAny = host === '0.0.0.0' || host === '::'
  const addresses = Object.values(networkInterfaces())
    .flatMap((all) => all ?? [])
    // A link-local one has a zone, which no certificate can name.
    .flatMap(({ address }) => (address.startsWith('fe80:') ? [] : [address]))
  const ips = isAny ? addresses : [host]
  return [
    ...[name, `${name}.local`, 'localhost'].map((value) => ({ type: 'dns' as const, value })),
    ...[...new Set(ips)].map((value) => ({ type: 'ip' as const, value })),
  ]
}
