import { decodeGrant } from '@hygeia/protocol/grant/codec'
import { type Grant, grantHash } from '@hygeia/protocol/grant/grant'
import { type Address, fromHex, type Hex32 } from '@hygeia/protocol/ids'
import type { GrantState } from '../hospital/answers.ts'
import { everywhere } from '../hospital/everywhere.ts'
import type { Conduct } from './conduct.ts'
import { PhysicianError } from './errors.ts'
import type { Physician } from './physician.ts'

export interface ReceivedGrant {
  readonly hash: Hex32
  readonly grant: Grant
  readonly state: GrantState
}

/**
 * Grants that patients gave this physician, as its hospitals list them, with the chain's word on each.
 *
 * @param conduct - where a hospital that forges is noted, when another is there to do without it
 * @throws {PhysicianError} `GRANT_FORGED` when a document is not what its hash says or is for somebody else
 */
export async function receivedGrants(
  { hospitals, hospital, identity }: Physician,
  conduct?: Conduct,
): Promise<readonly ReceivedGrant[]> {
  const physician = identity.signer.address
  const grants = new Map<Hex32, Grant>()
  await everywhere(hospitals, async ({ account, hospital: { hospital: name } }) => {
    try {
      const listed = await account.grants()
      for (const { hash, grant } of listed) grants.set(hash, genuine(hash, fromHex(grant), physician))
    } catch (cause) {
      if (!(cause instanceof PhysicianError) || conduct === undefined || hospitals.length === 1) throw cause
      conduct.saw(name, { code: 'FORGED_GRANT' })
    }
  })
  return Promise.all(
    [...grants].map(async ([hash, grant]): Promise<ReceivedGrant> => {
      const state = await hospital.consent.stateOf(grant, hash, hospital.client.clock.now())
      return { hash, grant, state }
    }),
  )
}

function genuine(hash: Hex32, document: Uint8Array, physician: Address): Grant {
  const grant = decodeGrant(document)
  if (grantHash(grant) === hash && grant.physician === physician) return grant
  throw new PhysicianError('the hospital shows a grant that is none: do not go on, ask the hospital', {
    code: 'GRANT_FORGED',
    grant: hash,
  })
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
  if (last?.state === 'sealed') {
    throw new PhysicianError('this grant is for emergencies: `hygeia physician break-glass` opens it', {
      code: 'GRANT_SEALED',
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
