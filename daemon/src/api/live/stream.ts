import type { BatchPort, LiveEvent, LivePort } from '../ports.ts'
import { eventFrame, heartbeatFrame, helloFrame } from './frames.ts'
import { placeAt, startFrom } from './place.ts'
import type { Sight } from './sight.ts'

export interface StreamOptions {
  /** `Last-Event-ID`. */
  readonly after: string | undefined
  readonly heartbeatMs: number
  /** Whether the session still lasts; asked before anything is told. */
  readonly isSignedIn: () => boolean
}

export interface StreamDeps {
  readonly live: LivePort
  readonly sight: Sight
  readonly batches: BatchPort
}

/** Text handed over in one piece. */
const PIECE_CHARACTERS = 32_768
/** Events looked at between two turns of the event loop. */
const AT_ONCE = 512

/**
 * A stream of server-sent events, pulled by its reader. It ends with the session, when `signal` aborts, and when the
 * reader is so slow that what comes next is gone: it then comes back, and lists anew.
 */
export async function* liveStream(
  { after: asked, heartbeatMs, isSignedIn }: StreamOptions,
  { live, sight, batches }: StreamDeps,
  signal: AbortSignal,
): AsyncGenerator<string> {
  const { after, isResumed } = startFrom(live, asked)
  /** What was erased meanwhile is not told to who comes back. */
  const heldBefore = live.last
  await sight.refresh()
  yield helloFrame(placeAt(live, after), { now: Date.now(), isResumed })
  let at = after
  while (!signal.aborted) {
    let text = ''
    const end = Math.min(live.last, at + AT_ONCE)
    while (at < end && text.length < PIECE_CHARACTERS) {
      const event = live.get(at + 1)
      if (event === undefined) return
      at++
      const seen = await sight.of(event)
      const told = seen !== undefined && at <= heldBefore ? await stillHeld(seen, batches) : seen
      if (told !== undefined) text += eventFrame(placeAt(live, at), told)
    }
    // Asked after the grants were, so that nothing is told that is not allowed by then.
    if (!isSignedIn() || signal.aborted) return
    if (text !== '') yield text
    else if (at < live.last) await new Promise((resolve) => setImmediate(resolve))
    else if (!(await somethingNew(live, at, heartbeatMs, signal))) {
      if (!isSignedIn() || signal.aborted) return
      await sight.refresh()
      yield heartbeatFrame(placeAt(live, at))
    }
  }
}

async function stillHeld(event: LiveEvent, batches: BatchPort): Promise<LiveEvent | undefined> {
  if (event.kind === 'batch') {
    const [held] = await batches.findMany([event.batch.digest])
    return held === undefined ? undefined : { ...event, batch: held }
  }
  if (event.kind !== 'anchored') return event
  const held = await batches.findMany(event.batches.map(({ digest }) => digest))
  const some = event.batches.filter((_, index) => held[index] !== undefined)
  return some.length === 0 ? undefined : { ...event, batches: some }
}

/** Resolves with true as soon as there is an event after `at`, and with false after `limitMs` or when `signal` aborts. */
async function somethingNew(
  live: LivePort,
  at: number,
  limitMs: number,
  signal: AbortSignal,
): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const wake = () => resolve()
  const stop = live.onAdded(wake)
  const timer = setTimeout(wake, limitMs)
  signal.addEventListener('abort', wake, { once: true })
  if (live.last === at && !signal.aborted) await promise
  // A stream that lasts for hours waits many times.
  signal.removeEventListener('abort', wake)
  clearTimeout(timer)
  stop()
  return live.last > at
}
