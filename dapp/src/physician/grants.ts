import { decodeGrant } from '@hygeia/protocol/grant/codec'
import { type Grant, grantHash } from '@hygeia/protocol/grant/grant'
import { type Address, fromHex, type Hex32 } from '@hygeia/protocol/ids'
import type { GrantState } from '../hospital/answers.ts'
import { PhysicianError } from './errors.ts'
import type { Physician } from './physician.ts'

export interface ReceivedGrant {
  readonly hash: Hex32
  readonly grant: Grant
  readonly state: GrantState
}

/**
 * Grants that patients gave this physician, with the chain's word on each.
 *
 * @throws {PhysicianError} `GRANT_FORGED` when a document is not what its hash says or is for somebody else
 */
export async function receivedGrants({
  account,
  hospital,
  identity,
}: Physician): Promise<readonly ReceivedGrant[]> {
  const listed = await account.grants()
  return Promise.all(
    listed.map(async ({ hash, grant: document }): Promise<ReceivedGrant> => {
      const grant = decodeGrant(fromHex(document))
      if (grantHash(grant) !== hash || grant.physician !== identity.signer.address) {
        throw new PhysicianError('the hospital shows a grant that is none: do not go on, ask the hospital', {
          code: 'GRANT_FORGED',
          grant: hash,
        })
      }
      const { accessEnd, isRevoked } = await hospital.consent.of(grant.patient, hash)
      if (isRevoked) return { hash, grant, state: 'revoked' }
      if (accessEnd === 0) return { hash, grant, state: 'pending' }
      const isOver = accessEnd * 1_000 <= hospital.client.clock.now()
      return { hash, grant, state: isOver ? 'expired' : 'active' }
    }),
  )
}

export interface Wanted {
  readonly patient?: Address | undefined
  readonly grant?: Hex32 | undefined
}

/**
 * Active grants among those received, of one patient or one grant alone when told.
 *
 * @throws {PhysicianError} saying why there is none
 */
export function usableGrants(
  received: readonly ReceivedGrant[],
  { patient, grant: wanted }: Wanted,
): readonly ReceivedGrant[] {
  const matching = received.filter(
    ({ hash, grant }) =>
      (wanted === undefined || hash === wanted) && (patient === undefined || grant.patient === patient),
  )
  const active = matching.filter(({ state }) => state === 'active')
  if (active.length > 0) return active
  const [last] = matching.slice(-1)
  if (last?.state === 'revoked') {
    throw new PhysicianError('the patient has revoked this grant: ask the patient for a new one', {
      code: 'GRANT_REVOKED',
      grant: last.hash,
    })
  }
  if (last?.state === 'expired') {
    throw new PhysicianError('access under this grant has ended: ask the patient for a new one', {
      code: 'GRANT_EXPIRED',
      grant: last.hash,
    })
  }
  if (wanted !== undefined) {
    throw new PhysicianError('no such grant for you here: `hygeia physician grants` lists yours', {
      code: 'UNKNOWN_GRANT',
      grant: wanted,
    })
  }
  throw new PhysicianError('no patient has granted you anything here yet', { code: 'NOTHING_GRANTED' })
}
