import { encodeCbor } from '@hygeia/protocol/cbor'
import type { Hex32 } from '@hygeia/protocol/ids'
import { anchorFields } from '@hygeia/protocol/receipt/codec'
import type { SignedAnchor } from '@hygeia/protocol/receipt/receipt'
import type { IpfsNode } from '../ipfs/node.ts'
import type { ReplicaBook } from './book.ts'
import { challengedIndex, proofOfHolding } from './challenge.ts'

export interface AnswersDeps {
  readonly book: Pick<ReplicaBook, 'own' | 'record' | 'digestAt'>
  readonly ipfs: Pick<IpfsNode, 'get'>
  /** This hospital's signed word on an anchor of its own; undefined for others'. */
  readonly ownAnchor: (root: Hex32) => Promise<SignedAnchor | undefined>
}

/** What this hospital says of one manifest. */
export interface Answer {
  readonly root: Hex32
  /** Encoded holding statement, and the proof that was asked for with it. */
  readonly holding: { readonly statement: Uint8Array; readonly proof: Uint8Array } | undefined
  /** Encoded signed anchor, when the manifest is this hospital's own and final. */
  readonly anchor: Uint8Array | undefined
}

/** Answers other hospitals that ask what is held here. */
export class Answers {
  readonly #deps: AnswersDeps

  constructor(deps: AnswersDeps) {
    this.#deps = deps
  }

  /** @param nonce - of this question; chooses the batches that are to be proven */
  async answer(nonce: Hex32, roots: readonly Hex32[]): Promise<readonly Answer[]> {
    return await Promise.all(
      roots.map(async (root) => ({
        root,
        holding: await this.#holding(nonce, root),
        anchor: await this.#anchor(root),
      })),
    )
  }

  async #holding(nonce: Hex32, root: Hex32): Promise<Answer['holding']> {
    const { book, ipfs } = this.#deps
    const [statement, record] = await Promise.all([book.own(root), book.record(root)])
    if (statement === undefined || record === undefined) return undefined
    const digest = await book.digestAt(root, challengedIndex(nonce, record.count))
    const block = digest && (await ipfs.get(digest, AbortSignal.abort()))
    // Without the batch there is nothing to say: the rounds will find it missing.
    return block === undefined ? undefined : { statement, proof: proofOfHolding(nonce, block) }
  }

  async #anchor(root: Hex32): Promise<Uint8Array | undefined> {
    const anchor = await this.#deps.ownAnchor(root)
    return anchor === undefined ? undefined : encodeCbor(anchorFields(anchor))
  }
}
