import type { Grant } from '@hygeia/protocol/grant/grant'
import type { Address, Hex32 } from '@hygeia/protocol/ids'
import { formatLabel, type Label, parseLabel } from '@hygeia/protocol/label'
import { REVOKE_CONSENT } from '@hygeia/protocol/typed-data/chain'
import type { UnixMs } from '@hygeia/protocol/units'
import { everywhere, type Untold } from '../hospital/everywhere.ts'
import { signStatement } from '../hospital/statement.ts'
import { PatientError } from './errors.ts'
import { checkPhysician, checkReader, type Granted, giveGrant } from './grant.ts'
import { type HeldGrant, isSamePermission, listGrants, pairsOf } from './grants.ts'
import { type Renewed, renewLabelKeys, sealingMonths } from './label-keys.ts'
import { notOnChain, type Patient } from './patient.ts'

export interface Revocation {
  /** The grant that was named, and those dealt later for the same permission. */
  readonly revoked: readonly Hex32[]
  /** Labels that devices seal under from now on instead of the ones that were dealt. */
  readonly newLabels: readonly Label[]
  readonly renewed: readonly Renewed[]
  /** Grants dealt to the physicians who stay, so that they can open the new labels. */
  readonly redealt: readonly Granted[]
  /** Hospitals that did not hear of it from us; they end the grants at the block that says so. */
  readonly untold: readonly Untold[]
  /** Physicians who stay but could not be dealt to, and why. */
  readonly notRedealt: readonly { readonly physician: Address; readonly reason: string }[]
}

/**
 * Take a permission back: tell the hospital and the chain, move the affected labels to their next generation, and
 * deal that to the physicians who stay. Doing it again finishes what an interruption left undone, and no more.
 *
 * What was fetched before stays with who fetched it.
 *
 * @throws {PatientError} `UNKNOWN_GRANT`, or `NOT_ON_CHAIN` when the hospital says it is done and it is not
 */
export async function revokeGrant(patient: Patient, hash: Hex32): Promise<Revocation> {
  const { identity, hospital, hospitals, state } = patient
  const named = state.grants.get(hash)
  if (named === undefined) {
    throw new PatientError('you have no such grant: `hygeia patient grants` lists them', {
      code: 'UNKNOWN_GRANT',
      grant: hash,
    })
  }
  const family = [...state.grants].filter(([, grant]) => isSamePermission(named, grant))
  const unheard = new Map<Address, Untold>()
  for (const [grant] of family) {
    const message = { patient: identity.signer.address, grant }
    const signature = signStatement(identity, hospital, REVOKE_CONSENT, message)
    const { untold } = await everywhere(hospitals, ({ hospital: { client } }) =>
      client.revoke(message, signature),
    )
    for (const one of untold) unheard.set(one.hospital, one)
    const { isRevoked } = await hospital.consent.of(message.patient, grant)
    if (!isRevoked) throw notOnChain('the revocation')
  }
  const newLabels = nextGeneration(
    patient,
    family.map(([, grant]) => grant),
  )
  const renewed = newLabels.length > 0 ? await renewLabelKeys(patient) : []
  const { redealt, notRedealt } = await redeal(patient)
  const revoked = family.map(([grant]) => grant)
  return { revoked, newLabels, renewed, redealt, notRedealt, untold: [...unheard.values()] }
}

/** Move every label that was dealt, is current, and may still be sealed under, to its next generation. */
function nextGeneration({ hospital, state }: Patient, grants: readonly Grant[]): readonly Label[] {
  const months = new Set(sealingMonths(hospital.client.clock.now()))
  const dealt = new Set(grants.flatMap(({ labels }) => labels.map(({ label }) => label)))
  const next: Label[] = []
  for (const label of dealt) {
    const parts = parseLabel(label)
    if (!months.has(parts.month) || !state.generations.isCurrent(label)) continue
    const successor = formatLabel({ ...parts, generation: parts.generation + 1 })
    next.push(successor)
  }
  for (const label of next) state.generations.see(label)
  return next
}

/** Deal the current generations to whoever holds an active grant for the earlier ones. */
export async function redeal(patient: Patient): Promise<Pick<Revocation, 'redealt' | 'notRedealt'>> {
  const held = (await listGrants(patient)).filter(({ state }) => state === 'active' || state === 'sealed')
  const redealt: Granted[] = []
  const notRedealt: { physician: Address; reason: string }[] = []
  for (const { grant, labels } of lacking(patient, held)) {
    try {
      const { dataFrom, dataTo, accessTo, emergencyMs, isForFamily } = grant
      const physician = await (isForFamily === true ? checkReader : checkPhysician)(patient, grant.physician)
      const kind = {
        ...(emergencyMs !== undefined && { emergencyMs }),
        ...(isForFamily === true && { isForFamily }),
      }
      redealt.push(await giveGrant(patient, { physician, labels, dataFrom, dataTo, accessTo, ...kind }))
    } catch (cause) {
      if (!(cause instanceof PatientError)) throw cause
      notRedealt.push({ physician: grant.physician, reason: cause.message })
    }
  }
  return { redealt, notRedealt }
}

/** Permissions whose labels have moved on, each once, with the labels that they lack. */
function lacking({ hospital, state }: Patient, held: readonly HeldGrant[]) {
  const now: UnixMs = hospital.client.clock.now()
  const done: Grant[] = []
  const lacks: { grant: Grant; labels: readonly Label[] }[] = []
  for (const { grant } of held) {
    if (grant.accessTo <= now || done.some((other) => isSamePermission(other, grant))) continue
    done.push(grant)
    const family = held.filter((other) => isSamePermission(grant, other.grant))
    const has = new Set(family.flatMap((other) => other.grant.labels.map(({ label }) => label)))
    const pairs = new Set(family.flatMap((other) => [...pairsOf(other.grant)]))
    const labels = [...pairs].flatMap((pair) => {
      const { category, month } = parseLabel(`${pair}/0`)
      return state.generations.all(category, month).filter((label) => !has.has(label))
    })
    if (labels.length > 0) lacks.push({ grant, labels })
  }
  return lacks
}
