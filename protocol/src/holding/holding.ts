import { decodeCbor, encodeCbor } from '../cbor.ts'
import { FieldReader, rawOf } from '../fields.ts'
import type { Address, Hex32 } from '../ids.ts'
import { LEAF_LIMIT } from '../merkle/limits.ts'
import { type Recover, SIGNATURE_BYTES, type Signer } from '../signature.ts'
import { digestOf, type Realm, statement } from '../typed-data/domain.ts'
import type { UnixMs } from '../units.ts'

/** A hospital's word that it holds a manifest and every batch in it, verified. */
export interface HoldingStatement {
  /** Operator account of who holds; seldom the one that anchored. */
  readonly hospital: Address
  /** Merkle root of the batches. */
  readonly root: Hex32
  /** SHA-256 digest in the manifest's CID. */
  readonly manifest: Hex32
  readonly count: number
  /** When all of it was on the disk. */
  readonly at: UnixMs
}

export interface SignedHolding extends HoldingStatement {
  /** By the holder's receipt key. */
  readonly signature: Uint8Array
}

export const HOLDING_STATEMENT = statement<HoldingStatement>(
  'HoldingStatement',
  'address hospital,bytes32 root,bytes32 manifest,uint32 count,uint64 at',
)

export const HOLDING_LIMIT_BYTES = 512
const FIELDS = 7

/** The statement alone, without what else an object that holds it may have. */
function bare({ hospital, root, manifest, count, at }: HoldingStatement): HoldingStatement {
  return { hospital, root, manifest, count, at }
}

export function signHolding(realm: Realm, holding: HoldingStatement, signer: Signer): SignedHolding {
  return { ...bare(holding), signature: signer.sign(digestOf(realm, HOLDING_STATEMENT, bare(holding))) }
}

/** Address whose receipt key signed `holding`; the caller knows whether that is the hospital's. */
export function holdingSigner(realm: Realm, holding: SignedHolding, recover: Recover): Address {
  return recover(digestOf(realm, HOLDING_STATEMENT, bare(holding)), holding.signature)
}

/** `[1, hospital, root, manifest, count, at, signature]`; layout in holding.cddl */
export function encodeHolding({ hospital, root, manifest, count, at, signature }: SignedHolding): Uint8Array {
  return encodeCbor([1, rawOf(hospital), rawOf(root), rawOf(manifest), count, at, signature])
}

/** Checks form only. @throws {MalformedError} */
export function decodeHolding(bytes: Uint8Array): SignedHolding {
  const value = decodeCbor(bytes, 'holding statement', HOLDING_LIMIT_BYTES)
  const fields = new FieldReader('holding statement', value, FIELDS)
  fields.constant(1)
  return {
    hospital: fields.address(),
    root: fields.hex32(),
    manifest: fields.hex32(),
    count: fields.count(LEAF_LIMIT),
    at: fields.instant(),
    signature: fields.bytes(SIGNATURE_BYTES),
  }
}
