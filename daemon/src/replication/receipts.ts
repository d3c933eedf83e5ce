import { encodeHolding } from '@hygeia/protocol/holding/holding'
import type { Address, Hex32 } from '@hygeia/protocol/ids'
import { leafHashesOf } from '@hygeia/protocol/manifest/replacement'
import type { StandingManifest } from '@hygeia/protocol/manifest/standing'
import { type MerkleTree, merkleTree } from '@hygeia/protocol/merkle/tree'
import { type Receipt, type SignedAnchor, signAnchor } from '@hygeia/protocol/receipt/receipt'
import type { Signer } from '@hygeia/protocol/signature'
import type { Realm } from '@hygeia/protocol/typed-data/domain'
import type { Store } from '../store/store.ts'
import type { ReplicaBook } from './book.ts'
import type { ReplicaName } from './records.ts'
import type { Standings } from './standings.ts'

export interface ReplicaReceiptsOptions {
  readonly realm: Realm
  /** Operator account of this hospital. */
  readonly hospital: Address
}

export interface ReplicaReceiptsDeps {
  readonly book: Pick<ReplicaBook, 'record' | 'heldUnder' | 'rootOf' | 'own' | 'statements'>
  readonly store: Pick<Store, 'anchors' | 'reader'>
  readonly standings: Pick<Standings, 'digestsFor' | 'held'>
  readonly receiptSigner: Signer
}

interface Grown {
  readonly places: ReadonlyMap<string, number>
  readonly leaves: StandingManifest['leaves']
  readonly tree: MerkleTree
}

/** Trees kept ready, by what stands for their manifest: whoever asks for one receipt asks for its neighbours. */
const TREES_LIMIT = 8
const nameOf = (digest: Uint8Array) => Buffer.from(digest).toString('latin1')

/** Receipts of batches that others anchored, and what hospitals say to hold of any batch. */
export class ReplicaReceipts {
  readonly #options: ReplicaReceiptsOptions
  readonly #deps: ReplicaReceiptsDeps
  readonly #trees = new Map<string, Grown>()

  constructor(options: ReplicaReceiptsOptions, deps: ReplicaReceiptsDeps) {
    this.#options = options
    this.#deps = deps
  }

  /** The receipt of a batch that is indexed here because another hospital anchored it. */
  async receiptOf(digest: Uint8Array): Promise<Receipt | undefined> {
    const root = await this.#deps.book.rootOf(digest)
    const anchor = root && (await this.#anchorUnder(root))
    if (anchor === undefined) return undefined
    const grown = await this.#grown(anchor)
    const index = grown?.places.get(nameOf(digest))
    const leaf = index === undefined ? undefined : grown?.leaves[index]
    if (grown === undefined || index === undefined || leaf === undefined || 'leafHash' in leaf)
      return undefined
    return { anchor, leaf, proof: grown.tree.proofOf(index) }
  }

  /** This hospital's word on an anchor of its own, as the chain holds it; undefined for others'. */
  async ownAnchor(name: ReplicaName): Promise<SignedAnchor | undefined> {
    const { book, receiptSigner } = this.#deps
    const { hospital, realm } = this.#options
    const record = await book.record(name)
    if (record?.origin !== hospital || record.state !== 'held') return undefined
    return signAnchor(realm, { ...record, hospital }, receiptSigner)
  }

  /** Encoded statements of every hospital that says to hold a batch, this one's first: one for each manifest with it. */
  async holdingsOf(digest: Uint8Array): Promise<readonly Uint8Array[]> {
    const { book } = this.#deps
    const root = await this.#rootOf(digest)
    if (root === undefined) return []
    const names = await book.heldUnder(root)
    const own = await Promise.all(names.map((name) => book.own(name)))
    const others = await Promise.all(names.map((name) => book.statements.holdings(name)))
    return [...own.filter((statement) => statement !== undefined), ...others.flat().map(encodeHolding)]
  }

  /** A hospital's signed word that it anchored `root`: this one's own, or what another gave. */
  async #anchorUnder(root: Hex32): Promise<SignedAnchor | undefined> {
    const { book } = this.#deps
    for (const name of await book.heldUnder(root)) {
      const anchor = (await this.ownAnchor(name)) ?? (await book.statements.anchor(name))
      if (anchor !== undefined) return anchor
    }
    return undefined
  }

  async #rootOf(digest: Uint8Array): Promise<Hex32 | undefined> {
    const { book, store } = this.#deps
    const replicated = await book.rootOf(digest)
    if (replicated !== undefined) return replicated
    const batch = await store.reader.find(digest)
    return batch === undefined ? undefined : (await store.anchors.holding(batch.arrival))?.root
  }

  async #grown({ manifest }: SignedAnchor): Promise<Grown | undefined> {
    const { standings } = this.#deps
    // Another stands for the manifest once something of it was erased.
    const [digest] = await standings.digestsFor(manifest)
    const name = nameOf(digest)
    const ready = this.#trees.get(name)
    if (ready !== undefined) return ready
    const standing = await standings.held(manifest)
    if (standing === undefined) return undefined
    const { leaves } = standing.manifest
    const places = new Map(
      leaves.flatMap((leaf, index) => ('leafHash' in leaf ? [] : [[nameOf(leaf.digest), index] as const])),
    )
    const grown = { places, leaves, tree: merkleTree(leafHashesOf({ leaves })) }
    this.#trees.set(nameOf(standing.digest), grown)
    const [oldest] = this.#trees.keys()
    if (this.#trees.size > TREES_LIMIT && oldest !== undefined) this.#trees.delete(oldest)
    return grown
  }
}
