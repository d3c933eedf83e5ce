// @peculiar/x509 needs it loaded before itself.
import 'reflect-metadata'
import { createPrivateKey, randomBytes, type webcrypto } from 'node:crypto'
import { isIP } from 'node:net'
import { join } from 'node:path'
import { DAY_MS } from '@hygeia/protocol/units'
import { writeAtomic } from '@hygeia/runtime/atomic-write'
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509'
import { readPem } from './tls-files.ts'

// P-256: TLS libraries do not take secp256k1 certificates.
const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const
const CA_DAYS = 3_650
const SERVER_DAYS = 825

/** Make the hospital's own CA, which devices pin, and a server certificate for `hosts`. */
export async function makeCertificates(dir: string, hosts: readonly string[]): Promise<void> {
  const now = Date.now()
  // A day back, for clocks that are behind.
  const notBefore = new Date(now - DAY_MS)
  const caKeys = await crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify'])
  const ca = await X509CertificateGenerator.createSelfSigned({
    serialNumber: randomBytes(16).toString('hex'),
    name: 'CN=Hygeia hospital CA',
    notBefore,
    notAfter: new Date(now + CA_DAYS * DAY_MS),
    keys: caKeys,
    signingAlgorithm: ALGORITHM,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await SubjectKeyIdentifierExtension.create(caKeys.publicKey),
    ],
  })
  await writePrivateKey(join(dir, 'ca-key.pem'), caKeys.privateKey)
  await writeAtomic(join(dir, 'ca.pem'), `${ca.toString('pem')}\n`, 0o644)
  await writeServerCertificate(dir, hosts, ca, caKeys.privateKey)
}

/**
 * Make a new server key, and a certificate for it from the CA that devices pin already.
 *
 * @param hosts - names; those of the present certificate unless told
 * @returns what it is for
 * @throws {RuntimeError} when the CA's files are missing or damaged
 */
export async function renewCertificate(dir: string, hosts?: readonly string[]): Promise<readonly string[]> {
  const ca = await readPem(join(dir, 'ca.pem'), (pem) => new X509Certificate(pem))
  const caKey = await readPem(join(dir, 'ca-key.pem'), createPrivateKey)
  const der = caKey.parsed.export({ format: 'der', type: 'pkcs8' })
  const signingKey = await crypto.subtle.importKey('pkcs8', Uint8Array.from(der), ALGORITHM, false, ['sign'])
  const names =
    hosts ?? namesIn((await readPem(join(dir, 'tls.pem'), (pem) => new X509Certificate(pem))).parsed)
  await writeServerCertificate(dir, names, ca.parsed, signingKey)
  return names
}

function namesIn(certificate: X509Certificate): readonly string[] {
  const names = certificate.getExtension(SubjectAlternativeNameExtension)?.names
  return names?.items.map(({ value }) => value) ?? []
}

async function writeServerCertificate(
  dir: string,
  hosts: readonly string[],
  ca: X509Certificate,
  signingKey: webcrypto.CryptoKey,
): Promise<void> {
  const now = Date.now()
  const keys = await crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify'])
  const server = await X509CertificateGenerator.create({
    serialNumber: randomBytes(16).toString('hex'),
    subject: `CN=${hosts[0]}`,
    issuer: ca.subject,
    notBefore: new Date(now - DAY_MS),
    notAfter: new Date(now + SERVER_DAYS * DAY_MS),
    publicKey: keys.publicKey,
    signingKey,
    signingAlgorithm: ALGORITHM,
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
      new SubjectAlternativeNameExtension(
        hosts.map((value) => ({ type: isIP(value) === 0 ? 'dns' : 'ip', value })),
      ),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
      await AuthorityKeyIdentifierExtension.create(ca.publicKey),
    ],
  })
  await writePrivateKey(join(dir, 'tls-key.pem'), keys.privateKey)
  await writeAtomic(join(dir, 'tls.pem'), `${server.toString('pem')}\n${ca.toString('pem')}\n`, 0o644)
}

async function writePrivateKey(path: string, key: webcrypto.CryptoKey): Promise<void> {
  const der = await crypto.subtle.exportKey('pkcs8', key)
  await writeAtomic(path, `${PemConverter.encode(der, 'PRIVATE KEY')}\n`)
}
