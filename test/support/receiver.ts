import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Test } from 'tap'

export interface Received {
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

/** An HTTP server that remembers what is posted to it, and answers as it is told. */
export class Receiver {
  readonly received: Received[] = []
  readonly refused: Received[] = []
  readonly url: string
  /** Status of the next answers. */
  status = 204

  private constructor(url: string) {
    this.url = url
  }

  static async open(t: Test): Promise<Receiver> {
    const server = createServer((request, response) => {
      const chunks: Buffer[] = []
      request.on('data', (chunk) => chunks.push(chunk))
      request.on('end', () => {
        const got = { path: request.url ?? '', headers: request.headers, body: Buffer.concat(chunks) }
        if (receiver.status < 300) receiver.received.push(got)
        else receiver.refused.push(got)
        response.writeHead(receiver.status).end()
      })
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    t.teardown(() => {
      server.closeAllConnections()
      server.close()
    })
    const receiver = new Receiver(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
    return receiver
  }
}
