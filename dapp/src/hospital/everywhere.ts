import type { Address } from '@hygeia/protocol/ids'
import { HospitalError, isAway } from './errors.ts'
import type { Place } from './place.ts'
import { within } from './within.ts'

/** A hospital that did not do what all were asked to. */
export interface Untold {
  readonly hospital: Address
  readonly reason: string
}

/** A hospital that relays answers within 30 s; one that is frozen must not hold up the others. */
const LIMIT_MS = 40_000
/** For the rest, once one has answered. */
const REST_MS = 10_000
/** For those that were away a moment ago. */
const AWAY_MS = 1_000

/**
 * Ask all hospitals the same at once. One answer is enough; the others are waited for a little.
 *
 * @returns the first answer, and who gave none
 * @throws {HospitalError} what the first of the list said, when none answered
 */
export async function everywhere<T>(
  places: readonly Place[],
  work: (place: Place) => Promise<T>,
): Promise<{ readonly answer: T; readonly untold: readonly Untold[] }> {
  const asked = places.map((place) => work(place))
  const settledWithin = (limitMs: (place: Place) => number) =>
    Promise.allSettled(
      places.map((place, index) =>
        within(limitMs(place), place.hospital.client.transport.base, () => asked[index] ?? work(place)),
      ),
    )
  const present = asked.filter((_, index) => places[index]?.hospital.client.wasAway === false)
  const anyOf = () => Promise.any(asked)
  // When all that are there have failed, one that was away is not waited for as long.
  const anyStill = () =>
    Promise.allSettled(present.length > 0 ? present : asked).then(() => within(AWAY_MS, 'no hospital', anyOf))
  const isAnswered = await within(LIMIT_MS, 'no hospital', () => Promise.race([anyOf(), anyStill()])).then(
    (answer) => ({ answer }),
    () => undefined,
  )
  const outcomes = await settledWithin(({ hospital: { client } }) =>
    client.wasAway || isAnswered === undefined ? AWAY_MS : REST_MS,
  )
  const failed = outcomes.flatMap((outcome, index) => {
    const place = places[index]
    if (outcome.status === 'fulfilled' || place === undefined) return []
    place.hospital.client.wasAway = isAway(outcome.reason)
    return [{ hospital: place.hospital.hospital, cause: outcome.reason as unknown }]
  })
  if (isAnswered === undefined) throw failed[0]?.cause ?? new RangeError('no hospital to ask')
  const untold = failed.map(({ hospital, cause }) => ({ hospital, reason: reasonIn(cause) }))
  return { answer: isAnswered.answer, untold }
}

/** @throws whatever is no hospital's fault */
export function reasonIn(cause: unknown): string {
  if (cause instanceof HospitalError) return cause.message
  throw cause
}
