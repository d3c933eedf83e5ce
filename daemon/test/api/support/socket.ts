import { connect, type TLSSocket } from 'node:tls'

/** A TLS connection on which a test writes whatever it likes. */
export async function openSocket({
  port,
  ca,
}: {
  readonly port: number
  readonly ca: string
}): Promise<TLSSocket> {
  const socket = connect({ host: '127.0.0.1', port, ca })
  socket.on('error', () => {})
  await new Promise<void>((resolve) => socket.once('secureConnect', resolve))
  return socket
}

/** Everything that comes until the other side closes; status and problem code out of the first answer. */
export async function answerOf(
  socket: TLSSocket,
): Promise<{ readonly status: number; readonly code: unknown }> {
  const chunks: Buffer[] = []
  socket.on('data', (chunk: Buffer) => chunks.push(chunk))
  await new Promise<void>((resolve) => socket.once('close', () => resolve()))
  const [head = '', body = ''] = Buffer.concat(chunks).toString().split('\r\n\r\n')
  const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1] ?? 0)
  try {
    return { status, code: JSON.parse(body).code }
  } catch {
    return { status, code: undefined }
  }
}
