import type { LivePort } from '../ports.ts'

const PLACE = /^([0-9a-f]{1,32})-(\d{1,15})$/

/** Name of a place between two events: `life-number of the one before`. */
export const placeAt = ({ life }: LivePort, number: number) => `${life}-${number}`

/**
 * Where a stream begins.
 *
 * @param asked - `Last-Event-ID` of a client that comes back
 * @returns number of the event before its first; it goes on only where nothing between is gone
 */
export function startFrom(
  live: LivePort,
  asked: string | undefined,
): { readonly after: number; readonly isResumed: boolean } {
  const [, life, digits] = PLACE.exec(asked ?? '') ?? []
  const after = Number(digits)
  const isResumed = life === live.life && after >= live.first - 1 && after <= live.last
  return isResumed ? { after, isResumed } : { after: live.last, isResumed: false }
}
