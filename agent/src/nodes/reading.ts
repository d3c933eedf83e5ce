import * as z from 'zod'
import { EnteredReading } from '../pipeline/messages.ts'
import type { Message } from './node-red-api.ts'

/** Where a message came from, as the nodes here note it. */
const Origin = z.object({
  source: EnteredReading.shape.source,
  at: EnteredReading.shape.at,
  missing: z.string().optional(),
  /** The sample of the core that the message was made of. */
  channel: z.string().optional(),
  value: z.number().optional(),
  /** It tells of a score or an alarm, which the core records. */
  isRecorded: z.boolean().optional(),
})

/** The channel of the core's that a message is a sample of, when it is as it left the core. */
export function unchangedOf({ topic, payload, hygeia }: Message): string | undefined {
  const origin = Origin.safeParse(hygeia).data
  const isSame = origin?.channel === topic && (origin?.value ?? null) === payload
  return isSame ? origin?.channel : undefined
}

/** Whether a message is of *news2* or *alert*. What the user's nodes make of one has a value of its own. */
export function isTold({ payload, hygeia }: Message): boolean {
  return typeof payload === 'object' && Origin.safeParse(hygeia).data?.isRecorded === true
}

/**
 * The reading in a message: `topic` names the channel, `payload` is the number.
 *
 * @param fallback - source of messages that do not say where they come from
 * @returns what is wrong with the message, when something is
 */
export function readingOf(
  { topic, payload, hygeia }: Message,
  fallback: string,
): { readonly entered: EnteredReading } | { readonly fault: string } {
  const origin = Origin.safeParse(hygeia).data
  const parsed = EnteredReading.safeParse({
    channel: topic,
    source: origin?.source ?? fallback,
    at: origin?.at,
    reading:
      origin?.missing !== undefined && payload === null ? { missing: origin.missing } : { value: payload },
  })
  if (parsed.success) return { entered: parsed.data }
  const isChannel = parsed.error.issues.some(({ path }) => path[0] === 'channel')
  return { fault: isChannel ? 'topic: no channel' : 'payload: no number' }
}
