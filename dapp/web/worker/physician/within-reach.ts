import { HospitalClient } from '@hygeia/dapp/hospital/client'
import { HospitalError } from '@hygeia/dapp/hospital/errors'
import { type KnownHospital, know } from '@hygeia/dapp/hospital/known'
import { statedAddresses } from '@hygeia/dapp/hospital/stated'
import { within } from '@hygeia/dapp/hospital/within'
import type { Address } from '@hygeia/protocol/ids'

/** A hospital says who it is in a fraction of that. */
const KNOW_LIMIT_MS = 6_000

/** The consortium's other hospitals, as this browser gets to them. */
export interface Others {
  readonly reached: readonly KnownHospital[]
  /** Away, or behind a certificate that this browser does not know. */
  readonly unreached: readonly Address[]
}

/** Who else there is: each by its own signed word, and of the same chain. */
export async function othersOf(home: KnownHospital): Promise<Others> {
  const reached: KnownHospital[] = []
  const unreached: Address[] = []
  await Promise.all(
    (await statedAddresses(home)).map(async ({ hospital, api }) => {
      try {
        const client = new HospitalClient({ base: api, fetch: (url, init) => fetch(url, init) })
        const pinned = { ...home.pinned, hospital }
        const known = know(client, { pinned, provider: () => home.provider })
        reached.push(await within(KNOW_LIMIT_MS, api, () => known))
      } catch (cause) {
        if (!(cause instanceof HospitalError)) throw cause
        unreached.push(hospital)
      }
    }),
  )
  return { reached, unreached }
}
