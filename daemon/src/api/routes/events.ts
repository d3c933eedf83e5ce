import { Readable } from 'node:stream'
import { Gauge, type Registry } from 'prom-client'
import { z } from 'zod'
import { METRICS } from '../../metrics/names.ts'
import { binary, problems, SESSION } from '../documents.ts'
import { requireSession, sessionOf, tokenOf } from '../guards.ts'
import { perAccount } from '../limits.ts'
import { Sight } from '../live/sight.ts'
import { liveStream } from '../live/stream.ts'
import { OpenStreams } from '../live/streams.ts'
import type { BatchPort, LivePort, SessionPort } from '../ports.ts'
import type { App } from '../server.ts'
import type { AccessDeps } from './access.ts'

export interface EventDeps extends AccessDeps {
  readonly metrics: Registry
  readonly live: LivePort
  readonly batches: BatchPort
  readonly sessions: SessionPort
  readonly eventTimes?: Partial<EventTimes>
  readonly limits: {
    readonly events: number
    readonly streams: number
    readonly streamsPerAccount: number
  }
}

export interface EventTimes {
  /** From one sign of life to the next; 15 s unless told. */
  readonly heartbeatMs: number
  /** A reader that takes nothing for so long is gone, or as good as that; 20 s unless told. */
  readonly stuckMs: number
}

const TIMES: EventTimes = { heartbeatMs: 15_000, stuckMs: 20_000 }
/** Bytes that wait for one reader here, besides what the kernel keeps. */
const WAITING_BYTES = 65_536

const lastEventId = z.string().max(64).optional()

/** What happens, as it happens. @see HTML Standard §9.2 */
export function eventRoutes(app: App, deps: EventDeps): void {
  const { live, batches, sessions, grants, devices, limits } = deps
  const { heartbeatMs, stuckMs } = { ...TIMES, ...deps.eventTimes }
  const open = new OpenStreams({ total: limits.streams, perAccount: limits.streamsPerAccount })
  new Gauge({
    ...METRICS.eventStreams,
    registers: [deps.metrics],
    collect() {
      this.set(open.count)
    },
  })
  app.addHook('preClose', async () => open.endAll())
  app.get(
    '/v1/events',
    {
      config: { isEndless: true },
      preParsing: [requireSession(sessions), perAccount(app, limits.events)],
      schema: {
        summary: 'What happens, as it happens',
        description: [
          'Server-sent events. A patient is told of batches of the own devices, a physician of those that a grant',
          'covers that stands when it is told. `hello` {now, isResumed} comes first: unless isResumed, list anew.',
          '`batch` is as in `/v1/batches`, once it is on the disk; `anchored` {cids, block} names batches that have',
          'receipts now; `grant` {hash, standing} is told to both its parties; `audit` {} says that the patient’s',
          'audit log has a new line. The stream ends with the session, and when its reader is too slow.',
        ].join(' '),
        tags: ['batches'],
        security: [{ session: [] }, { cookie: [] }],
        querystring: z.strictObject({
          after: lastEventId.meta({ description: 'As Last-Event-ID, for who cannot set a header' }),
        }),
        headers: z.object({
          'last-event-id': lastEventId.meta({ description: 'The last `id` that came: go on after it' }),
        }),
        response: {
          200: binary('text/event-stream', z.string(), 'Events, without end'),
          ...problems(...SESSION, 'LIVE_LIMIT'),
        },
      },
    },
    async (request, reply) => {
      const who = sessionOf(request)
      const token = tokenOf(request) ?? ''
      const ended = new AbortController()
      const end = () => ended.abort()
      const forget = open.open(who.account, end)
      const sight = new Sight(who, { grants, devices })
      const options = {
        after: request.headers['last-event-id'] ?? request.query.after,
        heartbeatMs,
        isSignedIn: () => sessions.find(token) !== undefined,
      }
      const frames = liveStream(options, { live, sight, batches }, ended.signal)
      const body = Readable.from(frames, { objectMode: false, highWaterMark: WAITING_BYTES })
      const cut = cutWhenStuck(reply.raw, stuckMs, () => body.destroy())
      body.once('close', () => {
        clearInterval(cut)
        end()
        forget()
      })
      reply.raw.once('close', end)
      return await reply
        .type('text/event-stream; charset=utf-8')
        .header('cache-control', 'no-store')
        // Proxies that gather answers would keep the events back.
        .header('x-accel-buffering', 'no')
        .send(body)
    },
  )
}

interface Written {
  readonly writableNeedDrain: boolean
  destroy(): unknown
}

/** Ends a connection whose reader takes nothing. */
function cutWhenStuck(answer: Written, stuckMs: number, cut: () => void): NodeJS.Timeout {
  let stuckSince: number | undefined
  return setInterval(() => {
    if (!answer.writableNeedDrain) stuckSince = undefined
    else stuckSince ??= performance.now()
    if (stuckSince === undefined || performance.now() - stuckSince < stuckMs) return
    cut()
    answer.destroy()
  }, stuckMs / 8).unref()
}
