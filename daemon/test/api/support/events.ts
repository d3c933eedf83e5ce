import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { request } from 'node:https'
import { until } from '../../link/support/until.ts'

export interface LiveEvent {
  readonly id: string
  readonly kind: string
  readonly data: Record<string, unknown>
  /** When it was read, on `performance.now()`. */
  readonly at: number
}

/** Reads server-sent events as browsers do, of one connection. */
export class EventReader {
  readonly events: LiveEvent[] = []
  readonly response: IncomingMessage
  lastId = ''
  comments = 0
  isEnded = false

  constructor(response: IncomingMessage) {
    this.response = response
    let held = ''
    response.setEncoding('utf8').on('data', (text: string) => {
      const blocks = (held + text).split('\n\n')
      held = blocks.pop() ?? ''
      for (const block of blocks) this.#take(block)
    })
    response.on('error', () => {})
    response.on('close', () => {
      this.isEnded = true
    })
  }

  of(kind: string): readonly LiveEvent[] {
    return this.events.filter((event) => event.kind === kind)
  }

  /** The `count`th event of a kind, from 1, once it is there. */
  async next(kind: string, count = 1): Promise<LiveEvent> {
    await until(() => this.of(kind).length >= count, 20_000)
    const event = this.of(kind)[count - 1]
    if (event === undefined) throw new Error('unreachable')
    return event
  }

  async ended(): Promise<void> {
    await until(() => this.isEnded, 30_000)
  }

  close(): void {
    this.response.destroy()
  }

  #take(block: string): void {
    let [kind, data] = ['', '']
    for (const line of block.split('\n')) {
      if (line.startsWith(':')) this.comments++
      if (line.startsWith('id: ')) this.lastId = line.slice(4)
      if (line.startsWith('event: ')) kind = line.slice(7)
      if (line.startsWith('data: ')) data = line.slice(6)
    }
    if (data === '') return
    this.events.push({ id: this.lastId, kind, data: JSON.parse(data), at: performance.now() })
  }
}

export interface Watching {
  readonly port: number
  readonly ca: string
  readonly token?: string | undefined
  readonly headers?: Readonly<Record<string, string>>
  readonly path?: string
}

/** Open a stream of events. @throws {Error} with the problem's code when there is none to open */
export async function watch({
  port,
  ca,
  token,
  headers,
  path = '/v1/events',
}: Watching): Promise<EventReader> {
  const bearer = token === undefined ? {} : { authorization: `Bearer ${token}` }
  const options = { host: '127.0.0.1', port, path, ca, agent: false as const }
  const sent = request({ ...options, headers: { accept: 'text/event-stream', ...bearer, ...headers } })
  sent.on('error', () => {})
  sent.end()
  const [response] = (await once(sent, 'response')) as [IncomingMessage]
  if (response.statusCode !== 200) {
    let text = ''
    for await (const chunk of response.setEncoding('utf8')) text += chunk
    throw new Error(JSON.parse(text).code)
  }
  return new EventReader(response)
}
