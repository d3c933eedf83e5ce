import {
  BREAK_GLASS_LIFE_MS,
  REASON_LIMIT,
  reasonHash,
  type SignedBreakGlass,
  signBreakGlass,
} from '@hygeia/protocol/emergency/emergency'
import type { Address } from '@hygeia/protocol/ids'
import { MINUTE_MS, type UnixMs } from '@hygeia/protocol/units'
import type { RelayAnswer, WitnessAnswer } from '../hospital/answers.ts'
import { HospitalError, isRefusal } from '../hospital/errors.ts'
import { reasonIn } from '../hospital/everywhere.ts'
import type { Place } from '../hospital/place.ts'
import { within } from '../hospital/within.ts'
import { randomHex32 } from '../random.ts'
import { PhysicianError } from './errors.ts'
import type { NamedGrant } from './opening.ts'
import type { Physician } from './physician.ts'

/** Somebody at the other hospital may have to agree. */
const POLL_MS = 2_000
const ANSWER_LIMIT_MS = 15_000
/** The hospital that opens answers when it is final. */
const OPEN_LIMIT_MS = 60_000

export interface BreakOptions {
  /** How long somebody at another hospital is waited for; 15 minutes unless told. */
  readonly waitMs?: number | undefined
  /** Told while that lasts. */
  readonly onWaiting?: ((hospital: Address) => void) | undefined
}

export interface Broken {
  /** The physician's own word: every request under the grant carries it. */
  readonly glass: SignedBreakGlass
  /** The hospital that agreed. */
  readonly witness: Address
  readonly place: RelayAnswer
  readonly endsAt: UnixMs
}

/**
 * Open a grant that the patient gave for emergencies. The physician signs why; another hospital signs that it should
 * be; the chain holds both. The patient's audit log has it before anything is answered.
 *
 * @param reason - in words for the patient, 1 to 64 characters
 * @throws {PhysicianError} `NOT_FOR_EMERGENCIES`, `NO_OTHER_HOSPITAL`, `NO_WITNESS` naming who refused and why,
 *   `NOT_ON_CHAIN`
 */
export async function breakGlass(
  physician: Physician,
  { hash, grant }: NamedGrant,
  reason: string,
  { waitMs = 15 * MINUTE_MS, onWaiting }: BreakOptions = {},
): Promise<Broken> {
  const { identity, hospital, hospitals } = physician
  const { emergencyMs } = grant
  const text = reason.trim()
  if (emergencyMs === undefined) {
    throw new PhysicianError('this grant is no emergency’s: use it as it is', { code: 'NOT_FOR_EMERGENCIES' })
  }
  if (text.length < 1 || text.length > REASON_LIMIT) {
    throw new PhysicianError(`a reason of 1 to ${REASON_LIMIT} characters: the patient reads it`, {
      code: 'REASON_LENGTH',
    })
  }
  const named = hospitals.filter((place) => isProxy(place, grant.proxies))
  if (named.length < 2) {
    throw new PhysicianError(
      'there is no break-glass with one hospital: another has to sign (`hygeia hospitals` lists those known)',
      { code: 'NO_OTHER_HOSPITAL' },
    )
  }
  const now = hospital.client.clock.now()
  const glass = signBreakGlass(
    hospital.realm,
    {
      physician: identity.signer.address,
      grant: hash,
      reason: text,
      salt: randomHex32(),
      expires: (now + BREAK_GLASS_LIFE_MS - MINUTE_MS) as UnixMs,
    },
    identity.signer,
  )
  const [opener, ...others] = named.toSorted((one, other) => rank(one) - rank(other))
  if (opener === undefined) throw new Error('unreachable: there are two')
  const witnessed = await askWitnesses(glass, opener, others, { waitMs, onWaiting })
  const place = await within(OPEN_LIMIT_MS, opener.hospital.client.transport.base, (signal) =>
    opener.account.openEmergency(glass, witnessed, signal),
  )
  const { openedAt, reason: held } = await hospital.consent.emergencyOf(grant.patient, hash)
  if (openedAt === 0 || held !== reasonHash(glass)) {
    throw new PhysicianError('the emergency is not on the chain, though the hospital says so', {
      code: 'NOT_ON_CHAIN',
      what: 'the emergency',
    })
  }
  const endsAt = (openedAt * 1_000 + emergencyMs) as UnixMs
  return { glass, witness: witnessed.witness, place, endsAt }
}

function isProxy({ hospital }: Place, proxies: NamedGrant['grant']['proxies']): boolean {
  return proxies.some((proxy) => proxy.hospital === hospital.hospital)
}

/** Those that are there before those that are not. */
function rank({ hospital: { client } }: Place): number {
  return client.wasAway ? 1 : 0
}

/** Ask the other hospitals at once; the first that signs is enough. */
async function askWitnesses(
  glass: SignedBreakGlass,
  opener: Place,
  others: readonly Place[],
  { waitMs, onWaiting }: BreakOptions,
): Promise<WitnessAnswer> {
  const done = new AbortController()
  const asked = others.map((place) =>
    askWitness(glass, opener.hospital.hospital, place, { waitMs, onWaiting }, done.signal),
  )
  const outcomes = Promise.allSettled(asked)
  try {
    return await Promise.any(asked)
  } catch (cause) {
    const reasons = (await outcomes).map((outcome, index) => {
      const name = others[index]?.hospital.hospital ?? ''
      return `${name}: ${outcome.status === 'rejected' ? reasonIn(outcome.reason) : ''}`
    })
    throw new PhysicianError(
      `no other hospital signed that it be opened: ${reasons.join('; ')}`,
      { code: 'NO_WITNESS', reasons },
      { cause },
    )
  } finally {
    done.abort()
  }
}

async function askWitness(
  glass: SignedBreakGlass,
  opener: Address,
  { hospital, account }: Place,
  { waitMs = 0, onWaiting }: BreakOptions,
  done: AbortSignal,
): Promise<WitnessAnswer> {
  const { clock, transport } = hospital.client
  const until = clock.now() + waitMs
  for (;;) {
    try {
      return await within(ANSWER_LIMIT_MS, transport.base, (signal) =>
        account.witnessEmergency(glass, opener, signal),
      )
    } catch (cause) {
      if (!(cause instanceof HospitalError) || !isRefusal(cause, 'EMERGENCY_WAITS')) throw cause
      if (clock.now() >= until || done.aborted) throw cause
    }
    onWaiting?.(hospital.hospital)
    await clock.sleep(POLL_MS, done).catch(() => {})
  }
}
