import type { z } from 'zod'
import { EventData } from './answers.ts'

type Kind = keyof typeof EventData

/** Something that happened, or a sign of life; `id` is where to go on after it. */
export type HospitalEvent =
  | {
      readonly [K in Kind]: {
        readonly kind: K
        readonly id: string
        readonly data: z.infer<(typeof EventData)[K]>
      }
    }[Kind]
  | { readonly kind: 'heartbeat'; readonly id: string }

/** One event names one batch, or those of one anchor. */
const EVENT_LIMIT_CHARACTERS = 1_048_576

/**
 * Read a stream of events. Those of kinds that are not known are passed over.
 *
 * @throws {RangeError} when an event is longer than any is
 * @see HTML Standard §9.2.6, "Interpreting an event stream"
 */
export async function* eventsIn(stream: ReadableStream<Uint8Array>): AsyncGenerator<HospitalEvent> {
  const decoder = new TextDecoder()
  const reader = stream.getReader()
  let text = ''
  try {
    for (;;) {
      const { value, done } = await reader.read()
      if (done) return
      text += decoder.decode(value, { stream: true })
      for (let end = text.indexOf('\n\n'); end !== -1; end = text.indexOf('\n\n')) {
        const event = eventOf(text.slice(0, end))
        text = text.slice(end + 2)
        if (event !== undefined) yield event
      }
      if (text.length > EVENT_LIMIT_CHARACTERS) throw new RangeError('an event without end')
    }
  } finally {
    await reader.cancel().catch(() => {})
  }
}

function eventOf(frame: string): HospitalEvent | undefined {
  const fields = new Map<string, string>()
  for (const line of frame.split('\n')) {
    const colon = line.indexOf(':')
    // A line that begins with a colon is a comment.
    if (colon > 0) fields.set(line.slice(0, colon), line.slice(colon + 1).trimStart())
  }
  const id = fields.get('id') ?? ''
  const data = fields.get('data')
  if (data === undefined) return { kind: 'heartbeat', id }
  const kind = fields.get('event') ?? ''
  if (!isKind(kind)) return undefined
  return { kind, id, data: EventData[kind].parse(JSON.parse(data)) } as HospitalEvent
}

const isKind = (name: string): name is Kind => Object.hasOwn(EventData, name)
