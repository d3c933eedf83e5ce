import { type SignedErasure, signErasure } from '@hygeia/protocol/erasure/erasure'
import type { Address } from '@hygeia/protocol/ids'
import { MINUTE_MS, type UnixMs } from '@hygeia/protocol/units'
import type { ErasureAnswer } from '../hospital/answers.ts'
import { everywhere, type Untold } from '../hospital/everywhere.ts'
import type { Patient } from './patient.ts'

const ORDER_LIFE_MS = 10 * MINUTE_MS

/** What one hospital deleted. */
export interface ErasedAt extends ErasureAnswer {
  readonly hospital: Address
}

export interface Erasing {
  readonly erased: readonly ErasedAt[]
  /** Hospitals that did not say that they did: to be told again. */
  readonly untold: readonly Untold[]
}

/** What no erasure reaches, word for word for whoever orders one. */
export const WHAT_STAYS = [
  'On the chain stay salted digests and the pseudonyms of you and your devices.',
  'At each hospital stay the device, sequence and digest of each batch, so that it is not taken again, what was kept',
  'as evidence of a fork, and the audit log. Backups made before keep everything until the hospital deletes them.',
  'What was opened before stays with who opened it. Whoever holds your words can make the keys again.',
]

/**
 * Have every hospital delete what was taken between two instants. Again finishes what could not be done at first.
 *
 * @throws {HospitalError} when no hospital did it
 */
export async function eraseData(
  { identity, hospital, hospitals }: Patient,
  range: { readonly from: UnixMs; readonly to: UnixMs },
): Promise<Erasing> {
  const expires = (hospital.client.clock.now() + ORDER_LIFE_MS) as UnixMs
  const { from, to } = range
  const erasure = { patient: identity.signer.address, from, to, expires }
  const order: SignedErasure = signErasure(hospital.realm, erasure, identity.signer)
  const erased: ErasedAt[] = []
  const { untold } = await everywhere(hospitals, async ({ account, hospital: { hospital: name } }) => {
    erased.push({ hospital: name, ...(await account.erase(order)) })
  })
  return { erased, untold }
}
