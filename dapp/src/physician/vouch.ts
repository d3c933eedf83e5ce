import { sameBytes } from '@hygeia/protocol/cbor'
import type { Address } from '@hygeia/protocol/ids'
import type { SealedBatch, SealedHeader } from '@hygeia/protocol/sealed/header'
import type { DeviceRecord } from '../chain/directory.ts'
import { recoverSigner } from '../recover.ts'
import type { BatchFault } from './errors.ts'

/** A block whose bytes are what its CID stands for. */
export interface Block {
  /** As listed. */
  readonly name: string
  /** 36 bytes. */
  readonly cid: Uint8Array
  readonly sealed: SealedBatch
}

/** Order of a device's batches. */
export function bySequence({ sealed: a }: Block, { sealed: b }: Block): number {
  if (a.device !== b.device) return a.device < b.device ? -1 : 1
  if (a.incarnation !== b.incarnation) return a.incarnation < b.incarnation ? -1 : 1
  return a.sequence - b.sequence
}

/**
 * Blocks that their devices did not sign.
 *
 * `prev` is the CID of the batch before, and signed: so a batch whose signature is good vouches for its
 * predecessor, bytes and all, and that one for its own. One recovered key a chain instead of one a batch
 * (3 ms each in JavaScript).
 *
 * @param blocks - in order of `bySequence`
 * @param digest - from `sealedDigester` for the realm
 */
export function unvouched(
  blocks: readonly Block[],
  digest: (header: SealedHeader, ciphertext: Uint8Array) => Uint8Array,
): ReadonlySet<Block> {
  const bad = new Set<Block>()
  let successor: Block | undefined
  for (const block of blocks.toReversed()) {
    const isVouched =
      successor?.sealed.prev !== undefined &&
      sameBytes(successor.sealed.prev, block.cid) &&
      successor.sealed.device === block.sealed.device &&
      successor.sealed.incarnation === block.sealed.incarnation
    if (isVouched || isSigned(block.sealed, digest)) {
      successor = block
    } else {
      bad.add(block)
      successor = undefined
    }
  }
  return bad
}

function isSigned(
  sealed: SealedBatch,
  digest: (header: SealedHeader, ciphertext: Uint8Array) => Uint8Array,
): boolean {
  return recoverSigner(digest(sealed, sealed.ciphertext), sealed.signature) === sealed.device
}

/** Whether the chain lets this device speak for this patient in this batch. */
export function standingOf(
  { incarnation, sequence }: Pick<SealedHeader, 'incarnation' | 'sequence'>,
  record: DeviceRecord,
  patient: Address,
): BatchFault | undefined {
  if (record.patient !== patient || record.status === 'unknown') return { code: 'FOREIGN_DEVICE' }
  if (record.status === 'bound') return undefined
  // Earlier incarnations of a suspended device cannot be told from later ones: only the fixed one counts in full.
  const isAfter = incarnation === record.incarnation && sequence > record.lastSequence
  return isAfter ? { code: 'AFTER_SUSPENSION' } : undefined
}
