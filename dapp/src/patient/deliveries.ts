import { encodeGrant } from '@hygeia/protocol/grant/codec'
import type { Address, Hex, Hex32 } from '@hygeia/protocol/ids'
import type { GrantConsent } from '@hygeia/protocol/typed-data/chain'
import type { Wrapped } from '@hygeia/protocol/umbral/encrypt'
import type { RelayAnswer } from '../hospital/answers.ts'
import { HospitalError, isAway } from '../hospital/errors.ts'
import { reasonIn, type Untold } from '../hospital/everywhere.ts'
import type { Place } from '../hospital/place.ts'
import { within } from '../hospital/within.ts'
import type { Patient } from './patient.ts'

/** The fragments of one grant for one hospital, encrypted to it, with the consent that they come with. */
export interface Delivery {
  readonly grant: Hex32
  /** Operator account. */
  readonly hospital: Address
  readonly consent: { readonly message: GrantConsent; readonly signature: Hex }
  readonly parcel: Wrapped
}

/** A hospital answers once the consent is final, at most 30 s later. */
const LIMIT_MS = 40_000
/** Refusals that pass by themselves. */
const PASSING = new Set([401, 429, 503, 504])

/**
 * Hand the parcels of a grant to its hospitals. The first that takes one carries the consent to the chain; those that
 * are away are remembered in the patient's state, and get theirs at a later visit.
 *
 * @throws {HospitalError} when one refuses before the consent is on the chain, or all are away
 */
export async function deliver(
  patient: Patient,
  encoded: Uint8Array,
  deliveries: readonly (Delivery & { readonly place: Place })[],
): Promise<{ readonly consent: RelayAnswer; readonly undelivered: readonly Untold[] }> {
  const waiting = [...deliveries]
  let carried: RelayAnswer | undefined
  let failure: unknown
  for (const delivery of deliveries) {
    try {
      carried = await hand(encoded, delivery, delivery.place)
      waiting.splice(waiting.indexOf(delivery), 1)
      break
    } catch (cause) {
      if (!isAway(cause)) throw cause
      failure = cause
    }
  }
  if (carried === undefined) throw failure
  const outcomes = await Promise.allSettled(waiting.map((one) => hand(encoded, one, one.place)))
  const undelivered = outcomes.flatMap((outcome, index): Untold[] => {
    const delivery = waiting[index]
    if (outcome.status === 'fulfilled' || delivery === undefined) return []
    const reason = reasonIn(outcome.reason)
    if (isPassing(outcome.reason)) patient.state.remember(delivery)
    return [{ hospital: delivery.hospital, reason }]
  })
  return { consent: carried, undelivered }
}

/** Hand over what an earlier visit could not. @returns what still waits */
export async function deliverRest(patient: Patient): Promise<readonly Untold[]> {
  const { state, hospitals } = patient
  const left: Untold[] = []
  for (const delivery of [...state.undelivered]) {
    const grant = state.grants.get(delivery.grant)
    const place = hospitals.find(({ hospital }) => hospital.hospital === delivery.hospital)
    if (place === undefined) continue
    if (grant !== undefined) {
      try {
        await hand(encodeGrant(grant), delivery, place)
      } catch (cause) {
        if (!(cause instanceof HospitalError)) throw cause
        if (isPassing(cause)) {
          left.push({ hospital: delivery.hospital, reason: cause.message })
          continue
        }
        // Revoked or over meanwhile: it is of no use any more.
      }
    }
    state.undelivered.delete(delivery)
  }
  return left
}

function hand(encoded: Uint8Array, { consent, parcel }: Delivery, { hospital, account }: Place) {
  return within(LIMIT_MS, hospital.client.transport.base, () => account.postGrant(encoded, consent, parcel))
}

function isPassing(cause: unknown): boolean {
  if (isAway(cause)) return true
  return cause instanceof HospitalError && cause.detail.code === 'REFUSED' && PASSING.has(cause.detail.status)
}
