import { decodeGrant } from '@hygeia/protocol/grant/codec'
import { type Grant, grantHash } from '@hygeia/protocol/grant/grant'
import { fromHex, type Hex32 } from '@hygeia/protocol/ids'
import { parseLabel } from '@hygeia/protocol/label'
import type { GrantState } from '../hospital/answers.ts'
import { everywhere } from '../hospital/everywhere.ts'
import { deliverRest } from './deliveries.ts'
import { activeDevices, learnLabelKeys } from './label-keys.ts'
import type { Patient } from './patient.ts'

export interface HeldGrant {
  readonly hash: Hex32
  readonly grant: Grant
  /** By the chain, not by the hospital's word. */
  readonly state: GrantState
}

/**
 * Bring the patient's memory up to date from hospitals and chain, or build it anew where there is none; and hand over
 * what hospitals were not there to take.
 *
 * A grant that the hospital shows counts only when the chain holds the patient's consent to it: else anyone could
 * have made it up.
 */
export async function refresh(patient: Patient): Promise<void> {
  const { state, hospital, hospitals, identity } = patient
  for (const device of await activeDevices(patient)) await learnLabelKeys(patient, device)
  await everywhere(hospitals, async ({ account }) => {
    for (const { grant: document } of await account.grants()) {
      const grant = decodeGrant(fromHex(document))
      const hash = grantHash(grant)
      if (state.grants.has(hash) || grant.patient !== identity.signer.address) continue
      const { accessEnd } = await hospital.consent.of(grant.patient, hash)
      if (accessEnd !== 0) state.addGrant(grant)
    }
  })
  await deliverRest(patient)
}

/** Every grant of the patient's, with what the chain says of it now. */
export async function listGrants({ hospital, state }: Patient): Promise<readonly HeldGrant[]> {
  const now = hospital.client.clock.now()
  return Promise.all(
    [...state.grants].map(async ([hash, grant]): Promise<HeldGrant> => {
      return { hash, grant, state: await hospital.consent.stateOf(grant, hash, now) }
    }),
  )
}

/**
 * Whether two grants are one permission: the second was dealt to the same physician on the same terms, for later
 * generations of labels that the first is for.
 */
export function isSamePermission(one: Grant, other: Grant): boolean {
  const isOnSameTerms =
    one.physician === other.physician &&
    one.dataFrom === other.dataFrom &&
    one.dataTo === other.dataTo &&
    one.accessTo === other.accessTo &&
    one.emergencyMs === other.emergencyMs &&
    one.isForFamily === other.isForFamily
  if (!isOnSameTerms) return false
  const pairs = pairsOf(one)
  return [...pairsOf(other)].some((pair) => pairs.has(pair))
}

/** `category/YYYY-MM` of every label in a grant. */
export function pairsOf({ labels }: Pick<Grant, 'labels'>): ReadonlySet<string> {
  return new Set(
    labels.map(({ label }) => {
      const { category, month } = parseLabel(label)
      return `${category}/${month}`
    }),
  )
}
