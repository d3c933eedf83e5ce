import { z } from 'zod'
import { EnteredReading } from '../pipeline/messages.ts'
import type { Message } from './node-red-api.ts'

/** Where a message came from, as *sensor* and *reading in* note it. */
const Origin = z.object({
  source: EnteredReading.shape.source,
  at: EnteredReading.shape.at,
  missing: z.string().optional(),
})

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
