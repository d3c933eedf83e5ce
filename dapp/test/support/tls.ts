import { createHash, X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import type { HospitalDouble } from './hospital.ts'

const file = (name: string) => fileURLToPath(new URL(`tls/${name}`, import.meta.url))
/** A certificate authority made for tests; its key is thrown away. */
export const CA_FILE = file('ca.pem')
const ca = readFileSync(CA_FILE, 'utf8')
export const CA_SHA256 = createHash('sha256').update(new X509Certificate(ca).raw).digest('hex')

/** A hospital behind TLS on loopback, for those who cannot be handed a `fetch`. */
export async function serve(hospital: HospitalDouble): Promise<Server> {
  const options = { key: readFileSync(file('server.key')), cert: readFileSync(file('server.pem')) }
  const server = createServer(options, async (request, response) => {
    const parts: Buffer[] = []
    for await (const part of request) parts.push(part as Buffer)
    const body = Buffer.concat(parts)
    const isCbor = request.headers['content-type'] === 'application/cbor'
    const url = `${hospital.base}${request.url}`
    if (request.url === '/v1/ca.pem') return response.end(ca)
    const asked = {
      method: request.method ?? 'GET',
      headers: request.headers as Record<string, string>,
      ...(body.length === 0 ? {} : { body: isCbor ? Uint8Array.from(body) : body.toString() }),
    }
    const answer = await hospital.fetch(url, asked).catch(() => undefined)
    // A hospital that is away.
    if (answer === undefined) return request.socket.destroy()
    response.writeHead(answer.status)
    response.end(Buffer.from(await answer.arrayBuffer()))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  hospital.base = `https://127.0.0.1:${port}`
  hospital.lies.realm = { caHash: `0x${CA_SHA256}` }
  return server
}
