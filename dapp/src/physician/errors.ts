import { CodedError } from '@hygeia/protocol/errors'
import type { Hex32 } from '@hygeia/protocol/ids'

export type PhysicianFault =
  /** Registered or granted according to the hospital, but not on the chain. */
  | { readonly code: 'NOT_ON_CHAIN'; readonly what: string }
  /** The account is registered with another key than its words yield. */
  | { readonly code: 'OTHER_KEY' }
  /** Not a grant that the hospital holds for this physician, or its document is not what the chain holds. */
  | { readonly code: 'UNKNOWN_GRANT'; readonly grant: Hex32 }
  | { readonly code: 'GRANT_FORGED'; readonly grant: Hex32 }
  | { readonly code: 'GRANT_REVOKED'; readonly grant: Hex32 }
  | { readonly code: 'GRANT_EXPIRED'; readonly grant: Hex32 }
  /** For emergencies, and not opened, or no longer. */
  | { readonly code: 'GRANT_SEALED'; readonly grant: Hex32 }
  | { readonly code: 'NOT_FOR_EMERGENCIES' }
  | { readonly code: 'REASON_LENGTH' }
  /** With one hospital there is no break-glass. */
  | { readonly code: 'NO_OTHER_HOSPITAL' }
  /** No other hospital signed; `reasons` has one line for each. */
  | { readonly code: 'NO_WITNESS'; readonly reasons: readonly string[] }
  /** Fewer proxies answered than the grant's threshold; `reasons` has one line for each that did not. */
  | {
      readonly code: 'TOO_FEW_PROXIES'
      readonly answered: number
      readonly threshold: number
      readonly reasons: readonly string[]
    }
  /** No grant covers anything of what was asked for. */
  | { readonly code: 'NOTHING_GRANTED' }

export class PhysicianError extends CodedError<PhysicianFault> {}

/** Why one batch was not opened. */
export type BatchFault =
  /** Listed, but the hospital gave no block. */
  | { readonly code: 'NOT_GIVEN' }
  /** The hospital gave other bytes than the CID stands for. */
  | { readonly code: 'WRONG_BLOCK' }
  | { readonly code: 'MALFORMED' }
  /** The device did not sign it. */
  | { readonly code: 'BAD_SIGNATURE' }
  /** The chain does not bind the device to this patient. */
  | { readonly code: 'FOREIGN_DEVICE' }
  /** After the last batch that counts of a suspended device. */
  | { readonly code: 'AFTER_SUSPENSION' }
  /** Another label or time than the grant is for. */
  | { readonly code: 'OUTSIDE_GRANT' }
  /** One of two batches that claim the same place; kept as evidence. */
  | { readonly code: 'QUARANTINED' }
  /** Too few cfrags for its capsule were given. */
  | { readonly code: 'NO_CFRAGS' }
  /** These proxies sent cfrags that were not made from the capsule under this grant. */
  | { readonly code: 'FORGED_CFRAGS'; readonly proxies: readonly string[] }
  /** Neither key nor content are what the device sealed. */
  | { readonly code: 'NOT_OPENED' }
