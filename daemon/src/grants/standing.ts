import type { Hex32 } from '@hygeia/protocol/ids'
import type { UnixMs } from '@hygeia/protocol/units'
import type { EmergencyState } from './on-chain.ts'
import type { GrantRecord } from './record.ts'

/**
 * `expired` is what an active grant is after its end; `sealed` what a grant for emergencies is until it is opened, and
 * again when the time that the patient gave for that is over.
 */
export type GrantState = 'pending' | 'active' | 'sealed' | 'revoked' | 'expired'

export interface Standing {
  readonly standing: GrantState
  /** Why a grant for emergencies is open, as the chain has it. */
  readonly openedFor?: Hex32
}

/**
 * What may be done with a grant now.
 *
 * @param now - time of the newest block
 * @param emergencyOf - asked only about a grant for emergencies that is in force
 */
export async function standingOf(
  { hash, grant, state }: Pick<GrantRecord, 'hash' | 'grant' | 'state'>,
  now: UnixMs,
  emergencyOf: (patient: GrantRecord['grant']['patient'], hash: Hex32) => Promise<EmergencyState>,
): Promise<Standing> {
  if (state !== 'revoked' && grant.accessTo <= now) return { standing: 'expired' }
  if (state !== 'active' || grant.emergencyMs === undefined) return { standing: state }
  const { openedAt, reason } = await emergencyOf(grant.patient, hash)
  const isOpen = openedAt > 0 && now < openedAt * 1_000 + grant.emergencyMs
  return isOpen ? { standing: 'active', openedFor: reason } : { standing: 'sealed' }
}
