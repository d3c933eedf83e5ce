import { type Address, type Hex32, toHex } from '../ids.ts'
import type { Recover, Signer } from '../signature.ts'
import { digestOf, type Realm, statement, structHash } from '../typed-data/domain.ts'
import type { UnixMs } from '../units.ts'

/** Characters of a reason: as many as a line of the audit log holds. */
export const REASON_LIMIT = 64
/** Longest that a physician's word may wait for a witness. */
export const BREAK_GLASS_LIFE_MS = 60 * 60_000

/** A physician asks that a grant given for emergencies be opened. */
export interface BreakGlass {
  readonly physician: Address
  readonly grant: Hex32
  /** Why, in words for the patient; 1 to 64 characters. */
  readonly reason: string
  /** Random: keeps the reason on the chain from being guessed. */
  readonly salt: Hex32
  /** Until when it may be witnessed and opened; how long it then stays open, the grant says. */
  readonly expires: UnixMs
}

export interface SignedBreakGlass extends BreakGlass {
  /** 64 bytes. */
  readonly signature: Uint8Array
}

const EMERGENCY_REASON = statement<object>(
  'EmergencyReason',
  'address physician,bytes32 grant,string reason,bytes32 salt',
)
const BREAK_GLASS = statement<object>(
  'BreakGlass',
  'address physician,bytes32 grant,bytes32 reason,uint64 expires',
)

/** What the chain holds of it: EIP-712 hashStruct over physician, grant, reason and salt. */
export function reasonHash({ physician, grant, reason, salt }: Omit<BreakGlass, 'expires'>): Hex32 {
  return toHex(structHash(EMERGENCY_REASON, { physician, grant, reason, salt })) as string as Hex32
}

function digest(realm: Realm, glass: BreakGlass): Uint8Array {
  const { physician, grant, expires } = glass
  return digestOf(realm, BREAK_GLASS, { physician, grant, reason: reasonHash(glass), expires })
}

export function signBreakGlass(realm: Realm, glass: BreakGlass, signer: Signer): SignedBreakGlass {
  return { ...glass, signature: signer.sign(digest(realm, glass)) }
}

/** Whether `physician` asked for it, in this realm. */
export function isBreakGlassSigned(realm: Realm, glass: SignedBreakGlass, recover: Recover): boolean {
  return recover(digest(realm, glass), glass.signature) === glass.physician
}
