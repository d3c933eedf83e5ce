import { X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'
import { connect, type TLSSocket } from 'node:tls'
import { within } from '@hygeia/runtime/abort'
import { HospitalError } from './errors.ts'

export interface PinnedTlsOptions {
  readonly host: string
  readonly port: number
  /** The only CA that is trusted, PEM. */
  readonly ca: string
  /** The clock is not right yet: take certificates of the pinned CA whatever their dates say. */
  readonly ignoresDates: boolean
  readonly timeoutMs?: number
}

/**
 * A TLS connection to a hospital that holds a certificate which the pinned CA itself issued for `host`.
 *
 * @throws {HospitalError} `HOSPITAL_UNREACHABLE` or `HOSPITAL_NOT_PINNED`
 */
export async function connectPinned(
  { host, port, ca, ignoresDates, timeoutMs = 10_000 }: PinnedTlsOptions,
  signal?: AbortSignal,
): Promise<TLSSocket> {
  const origin = `${host}:${port}`
  const until = within(timeoutMs, signal)
  const name = isIP(host) === 0 ? { servername: host } : {}
  // Checked below rather than by OpenSSL, which tells only the last of several things that are wrong.
  const socket = connect({ host, port, ca, minVersion: 'TLSv1.2', rejectUnauthorized: false, ...name })
  try {
    await new Promise<void>((resolve, reject) => {
      const onAbort = () => reject(until.reason)
      until.addEventListener('abort', onAbort, { once: true })
      if (until.aborted) onAbort()
      socket.once('secureConnect', resolve)
      socket.once('error', reject)
      socket.once('close', () => reject(new Error('closed during the handshake')))
    })
  } catch (cause) {
    socket.destroy()
    signal?.throwIfAborted()
    throw new HospitalError(`${origin} does not answer`, { code: 'HOSPITAL_UNREACHABLE', origin }, { cause })
  }
  const reason = pinFault(socket, { host, ca, ignoresDates })
  if (reason !== undefined) {
    socket.destroy()
    throw new HospitalError(`${origin} is not the hospital that was paired with: ${reason}`, {
      code: 'HOSPITAL_NOT_PINNED',
      host,
      reason,
    })
  }
  return socket
}

function pinFault(
  socket: TLSSocket,
  { host, ca, ignoresDates }: Pick<PinnedTlsOptions, 'host' | 'ca' | 'ignoresDates'>,
): string | undefined {
  const certificate = socket.getPeerX509Certificate()
  const authority = new X509Certificate(ca)
  if (certificate === undefined) return 'no certificate'
  if (!certificate.checkIssued(authority) || !certificate.verify(authority.publicKey)) return 'another CA'
  const isNamed = isIP(host) === 0 ? certificate.checkHost(host) : certificate.checkIP(host)
  if (isNamed === undefined) return `the certificate is not for ${host}`
  if (ignoresDates) return undefined
  // With dates in question OpenSSL must be content too.
  return socket.authorized ? undefined : String(socket.authorizationError)
}
