import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { readCertificates } from '@hygeia/daemon/init/tls-files'
import type { Fetch } from '@hygeia/dapp/hospital/transport'
import type { Test } from 'tap'
import { pinnedFetch } from '../../dapp/bin/host/pinned-fetch.ts'
import type { HospitalProcess } from './hospital.ts'

/** What is done on the way to one route, whose path begins with `path`. */
export interface Lie {
  readonly path: string
  /** Of what is asked, as text. */
  readonly asked?: (body: string) => string
  /** Of what the hospital truly answers. */
  readonly answered?: (body: Uint8Array) => Uint8Array
}

/** A hospital's own door, with its own certificate, behind which truth is changed as a test says. */
export class LyingFront {
  /** A client's that means the hospital's own address. */
  readonly fetch: Fetch
  lie: Lie | undefined

  private constructor(fetch: Fetch) {
    this.fetch = fetch
  }

  /** In front of `hospital` until the test ends. */
  static async open(t: Test, hospital: HospitalProcess): Promise<LyingFront> {
    const tls = await readCertificates(join(hospital.dir, 'keys'))
    const fetch = pinnedFetch(await hospital.ca())
    const server = createServer({ key: tls.key, cert: tls.cert })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    t.teardown(() => {
      server.closeAllConnections()
      server.close()
    })
    const { port } = server.address() as AddressInfo
    const front = new LyingFront((url, init) =>
      fetch(url.replace(hospital.endpoints.api, `https://127.0.0.1:${port}`), init),
    )
    server.on('request', async (request: IncomingMessage, response: ServerResponse) => {
      const { url = '/', method = 'GET', headers } = request
      const lie = front.lie !== undefined && url.startsWith(front.lie.path) ? front.lie : undefined
      const parts: Buffer[] = []
      for await (const part of request) parts.push(part)
      const text = Buffer.concat(parts)
      const body = lie?.asked === undefined ? text : Buffer.from(lie.asked(text.toString()))
      const kept = ['authorization', 'content-type'].flatMap((name) => {
        const value = headers[name]
        return typeof value === 'string' ? [[name, value] as const] : []
      })
      try {
        const answer = await fetch(hospital.endpoints.api + url, {
          method,
          headers: Object.fromEntries(kept),
          ...(body.length > 0 ? { body: Uint8Array.from(body) } : {}),
        })
        const truth = new Uint8Array(await answer.arrayBuffer())
        response.statusCode = answer.status
        response.end(lie?.answered === undefined || !answer.ok ? truth : lie.answered(truth))
      } catch {
        response.destroy()
      }
    })
    return front
  }
}
