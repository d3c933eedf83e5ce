import type { Signer } from '@hygeia/protocol/signature'
import type { AccountClient } from './client.ts'
import type { KnownHospital } from './known.ts'

/** A hospital, and one's own account there. */
export interface Place {
  readonly hospital: KnownHospital
  readonly account: AccountClient
}

export function placeAt(signer: Signer, hospital: KnownHospital): Place {
  return { hospital, account: hospital.client.as(signer, hospital.realm) }
}
