import type { Address, Hex32 } from '../ids.ts'
import { fromHex } from '../ids.ts'
import { type BatchLeaf, batchLeafHash } from '../merkle/leaf.ts'
import { provesLeaf } from '../merkle/proof.ts'
import type { Recover, Signer } from '../signature.ts'
import { digestOf, type Realm, statement } from '../typed-data/domain.ts'

/** A hospital's word that a root is anchored and final, signed once for all its batches. */
export interface AnchorStatement {
  readonly hospital: Address
  /** Merkle root of the batches. */
  readonly root: Hex32
  readonly count: number
  /** SHA-256 digest in the manifest's CID. */
  readonly manifest: Hex32
  readonly transaction: Hex32
  readonly blockNumber: number
  readonly blockHash: Hex32
}

export interface SignedAnchor extends AnchorStatement {
  /** By the hospital's receipt key. */
  readonly signature: Uint8Array
}

/** Proof that one batch is under an anchor. */
export interface Receipt {
  readonly anchor: SignedAnchor
  readonly leaf: BatchLeaf
  readonly proof: readonly Uint8Array[]
}

export const ANCHOR_STATEMENT = statement<AnchorStatement>(
  'AnchorStatement',
  'address hospital,bytes32 root,uint32 count,bytes32 manifest,bytes32 transaction,uint64 blockNumber,bytes32 blockHash',
)

/** The statement alone, without what else an object that holds it may have. */
function bare(anchor: AnchorStatement): AnchorStatement {
  const { hospital, root, count, manifest, transaction, blockNumber, blockHash } = anchor
  return { hospital, root, count, manifest, transaction, blockNumber, blockHash }
}

export function signAnchor(realm: Realm, anchor: AnchorStatement, signer: Signer): SignedAnchor {
  return { ...bare(anchor), signature: signer.sign(digestOf(realm, ANCHOR_STATEMENT, bare(anchor))) }
}

/** Address whose receipt key signed `anchor`; the caller knows whether that is the hospital's. */
export function anchorSigner(realm: Realm, anchor: SignedAnchor, recover: Recover): Address {
  return recover(digestOf(realm, ANCHOR_STATEMENT, bare(anchor)), anchor.signature)
}

/** Whether the proof leads from the leaf to the anchored root. Says nothing of who signed. */
export function isLeafProven({ anchor, leaf, proof }: Receipt): boolean {
  return provesLeaf(fromHex(anchor.root), batchLeafHash(leaf), proof)
}
