import { X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'
import { DAY_MS, type UnixMs } from '@hygeia/protocol/units'
import type { TlsFiles } from '../init/tls-files.ts'
import { type Finding, unwell, well } from './finding.ts'

/** Time enough to make a new one before any device notices. */
const WARNING_DAYS = 30

/** The server's certificate and the CA that devices pin: for this host, not ended, and not about to. */
export function checkCertificates(tls: TlsFiles, publicHost: string, now: UnixMs): readonly Finding[] {
  const server = new X509Certificate(tls.cert)
  const ca = new X509Certificate(tls.ca)
  const isNamed =
    (isIP(publicHost) === 0 ? server.checkHost(publicHost) : server.checkIP(publicHost)) !== undefined
  const rotate = 'hygeia-daemon keys rotate tls, then restart'
  return [
    endOf('certificate', tls.notAfter, now, rotate),
    endOf(
      'certificate authority',
      new Date(ca.validTo),
      now,
      'pair every device again with a new hospital CA',
    ),
    isNamed
      ? well('certificate names', `${publicHost} is among them`)
      : unwell(
          'certificate names',
          `${publicHost} is not among them: nobody who comes by that name believes it`,
          rotate,
        ),
    server.checkIssued(ca) && server.verify(ca.publicKey)
      ? well('certificate issuer', 'the CA that devices pin')
      : unwell('certificate issuer', 'not the CA that devices pin', rotate),
  ]
}

function endOf(subject: string, end: Date, now: UnixMs, advice: string): Finding {
  const days = Math.floor((end.getTime() - now) / DAY_MS)
  const date = end.toISOString().slice(0, 10)
  if (days < 0) return unwell(subject, `ended on ${date}`, advice)
  const found = `ends on ${date}, in ${days} days`
  return days < WARNING_DAYS ? unwell(subject, found, advice) : well(subject, found)
}
