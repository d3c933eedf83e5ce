import { readFile } from 'node:fs/promises'
import { z } from 'zod'

/** Flags that make Chromium write down everything that it sends and receives, before it is encrypted by TLS. */
export const netLogFlags = (file: string): readonly string[] => [
  `--log-net-log=${file}`,
  '--net-log-capture-mode=Everything',
]

/** @see Chromium, net/log/file_net_log_observer.h */
const LogFile = z.object({
  constants: z.object({ logEventTypes: z.record(z.string(), z.int()) }),
  events: z.array(
    z.object({
      type: z.int(),
      source: z.object({ id: z.int() }),
      params: z.record(z.string(), z.unknown()).optional(),
    }),
  ),
})

/** One request, by a page, a worker or a service worker; or by the browser for itself. */
export interface Requested {
  readonly method: string
  readonly url: string
  /** Origin of whoever asked; the browser's own requests have none, and neither has an address that is typed. */
  readonly initiator: string | undefined
}

/** Bytes that went out by one socket, as they were before TLS. */
export interface Sent {
  readonly socket: number
  readonly bytes: Buffer
}

/** Everything that one browser's network stack did, of all its processes; complete once the browser has ended. */
export class NetLog {
  readonly requests: readonly Requested[]
  readonly sent: readonly Sent[]
  /** Origins whose names were looked up, and for which site's pages; for itself the browser looks up others. */
  readonly looked: readonly { readonly host: string; readonly site: string }[]

  private constructor({ constants, events }: z.output<typeof LogFile>) {
    const names = new Map(Object.entries(constants.logEventTypes).map(([name, type]) => [type, name]))
    const requests: Requested[] = []
    const looked: { host: string; site: string }[] = []
    const parts = new Map<number, Buffer[]>()
    for (const { type, source, params = {} } of events) {
      switch (names.get(type)) {
        case 'URL_REQUEST_START_JOB':
          if (typeof params.url === 'string') requests.push(requestOf(params))
          break
        case 'HOST_RESOLVER_MANAGER_REQUEST':
          if (typeof params.host === 'string') {
            looked.push({ host: params.host, site: String(params.network_anonymization_key) })
          }
          break
        case 'SSL_SOCKET_BYTES_SENT':
        case 'UDP_BYTES_SENT': {
          const held = parts.get(source.id) ?? []
          held.push(Buffer.from(String(params.bytes), 'base64'))
          parts.set(source.id, held)
        }
      }
    }
    this.requests = requests
    this.looked = looked
    this.sent = [...parts].map(([socket, some]) => ({ socket, bytes: Buffer.concat(some) }))
  }

  static async read(file: string): Promise<NetLog> {
    return new NetLog(LogFile.parse(JSON.parse(await readFile(file, 'utf8'))))
  }
}

function requestOf({ method, url, initiator }: Readonly<Record<string, unknown>>): Requested {
  const asker = initiator === 'not an origin' ? undefined : String(initiator)
  return { method: String(method), url: String(url), initiator: asker }
}
