import type { Address, Hex32 } from '../ids.ts'
import { toHex } from '../ids.ts'
import { LABEL_KEY_TYPE, type LabelKey, labelKeyMessage } from '../label-keys/label-keys.ts'
import { statement, structHash } from '../typed-data/domain.ts'
import { DAY_MS, MINUTE_MS, type UnixMs } from '../units.ts'

/** One hospital that re-encrypts under a grant. */
export interface GrantProxy {
  /** Operator account. */
  readonly hospital: Address
  /** Umbral public key that its kfrags are encrypted to, 33 bytes. */
  readonly proxyKey: Uint8Array
  /** keccak256 of its kfrags joined, in the order of `labels`. */
  readonly commitment: Hex32
}

/** A permission in full: who may open what, taken when, until when. The chain holds its salted hash. */
export interface Grant {
  readonly patient: Address
  readonly physician: Address
  /** The physician's Umbral public key, 33 bytes. */
  readonly receivingKey: Uint8Array
  /** The patient's Umbral verifying key, 33 bytes. */
  readonly verifyingKey: Uint8Array
  readonly labels: readonly LabelKey[]
  /** Batches that lie wholly within are opened. */
  readonly dataFrom: UnixMs
  readonly dataTo: UnixMs
  /** When it may be used. */
  readonly accessFrom: UnixMs
  readonly accessTo: UnixMs
  /** cfrags that open a capsule. */
  readonly threshold: number
  readonly proxies: readonly GrantProxy[]
  /**
   * For emergencies alone: sealed until the physician asks, another hospital signs and the chain holds why, and then
   * for so long, ms. Absent for a grant that may be used at any time.
   */
  readonly emergencyMs?: number
  /**
   * For somebody whom the patient knows, and no hospital has to: the reader is registered on the chain with a key of
   * their own, and need not be admitted as a physician. Never for emergencies.
   */
  readonly isForFamily?: true
  /** Random: keeps the hash on chain from being guessed. */
  readonly salt: Hex32
}

/** Most labels of one grant: 5 categories of 13 months, each in 2 generations. */
export const GRANT_LABEL_LIMIT = 130
export const PROXY_LIMIT = 16

/** From a quarter of an hour to a week, ms. */
export const EMERGENCY_RANGE_MS = [15 * MINUTE_MS, 7 * DAY_MS] as const

const FIELDS =
  'address patient,address physician,bytes receivingKey,bytes verifyingKey,LabelKey[] labels,uint64 dataFrom,uint64 dataTo,uint64 accessFrom,uint64 accessTo,uint8 threshold,Proxy[] proxies,bytes32 salt'
const PARTS = { LabelKey: LABEL_KEY_TYPE, Proxy: 'address hospital,bytes proxyKey,bytes32 commitment' }
const GRANT = statement<object>('Grant', FIELDS, PARTS)
const EMERGENCY_GRANT = statement<object>('EmergencyGrant', `${FIELDS},uint64 emergencyMs`, PARTS)
const FAMILY_GRANT = statement<object>('FamilyGrant', FIELDS, PARTS)

/** What the patient signs and the chain holds: EIP-712 hashStruct of the whole document, salt included. */
export function grantHash(grant: Grant): Hex32 {
  return toHex(
    structHash(kindOf(grant), {
      ...grant,
      receivingKey: toHex(grant.receivingKey),
      verifyingKey: toHex(grant.verifyingKey),
      labels: grant.labels.map(labelKeyMessage),
      proxies: grant.proxies.map((proxy) => ({ ...proxy, proxyKey: toHex(proxy.proxyKey) })),
    }),
  ) as string as Hex32
}

function kindOf({ emergencyMs, isForFamily }: Pick<Grant, 'emergencyMs' | 'isForFamily'>) {
  if (isForFamily === true) return FAMILY_GRANT
  return emergencyMs === undefined ? GRANT : EMERGENCY_GRANT
}
