import { encodeCbor } from '@hygeia/protocol/cbor'
import type { Address, Hex32 } from '@hygeia/protocol/ids'
import { anchorFields } from '@hygeia/protocol/receipt/codec'
import type { SignedAnchor } from '@hygeia/protocol/receipt/receipt'
import type { IpfsNode } from '../ipfs/node.ts'
import type { ReplicaBook } from './book.ts'
import { challengedIndex, proofOfHolding } from './challenge.ts'
import type { ReplicaName, ReplicaRecord } from './records.ts'
import type { Standings } from './standings.ts'

export interface AnswersDeps {
  readonly book: Pick<ReplicaBook, 'own' | 'record' | 'digestAt'>
  readonly ipfs: Pick<IpfsNode, 'get'>
  readonly standings: Pick<Standings, 'replacementOf'>
  /** This hospital's signed word on an anchor of its own; undefined for others'. */
  readonly ownAnchor: (name: ReplicaName) => Promise<SignedAnchor | undefined>
}

/** What this hospital says of one manifest. */
export interface Answer {
  readonly root: Hex32
  readonly origin: Address
  /** Encoded holding statement, and the proof that was asked for with it. */
  readonly holding: { readonly statement: Uint8Array; readonly proof: Uint8Array } | undefined
  /** Encoded signed anchor, when the manifest is this hospital's own and final. */
  readonly anchor: Uint8Array | undefined
  /** SHA-256 of the manifest that stands here for it since something in it was erased. */
  readonly replacement: Uint8Array | undefined
  /** The hospital that anchored it says that it is lost, and this one does not have it either. */
  readonly isLost: boolean
}

/** Answers other hospitals that ask what is held here. */
export class Answers {
  readonly #deps: AnswersDeps

  constructor(deps: AnswersDeps) {
    this.#deps = deps
  }

  /** @param nonce - of this question; chooses the batches that are to be proven */
  async answer(nonce: Hex32, names: readonly ReplicaName[]): Promise<readonly Answer[]> {
    return await Promise.all(names.map((name) => this.#answer(nonce, name)))
  }

  async #answer(nonce: Hex32, name: ReplicaName): Promise<Answer> {
    const { book, standings } = this.#deps
    const { root, origin } = name
    const record = await book.record(name)
    const [holding, anchor, replacement] = await Promise.all([
      record && this.#holding(nonce, record),
      this.#anchor(name),
      record && standings.replacementOf(record.manifest),
    ])
    return { root, origin, holding, anchor, replacement, isLost: record?.state === 'lost' }
  }

  async #holding(nonce: Hex32, record: ReplicaRecord): Promise<Answer['holding']> {
    const { book, ipfs } = this.#deps
    const statement = await book.own(record)
    if (statement === undefined) return undefined
    const digest = await book.digestAt(record.root, challengedIndex(nonce, record.count))
    const block = digest && (await ipfs.get(digest, AbortSignal.abort()))
    // Without the batch there is nothing to say: the rounds will find it missing.
    return block === undefined ? undefined : { statement, proof: proofOfHolding(nonce, block) }
  }

  async #anchor(name: ReplicaName): Promise<Uint8Array | undefined> {
    const anchor = await this.#deps.ownAnchor(name)
    return anchor === undefined ? undefined : encodeCbor(anchorFields(anchor))
  }
}
