import { hash } from 'node:crypto'
import type { Address } from '@hygeia/protocol/ids'
import type { Manifest } from '@hygeia/protocol/manifest/manifest'
import { type BatchLeaf, batchLeafHash } from '@hygeia/protocol/merkle/leaf'
import type { SealedBatch } from '@hygeia/protocol/sealed/header'
import { sealedDigester } from '@hygeia/protocol/sealed/signing'
import type { Recover } from '@hygeia/protocol/signature'
import type { Realm } from '@hygeia/protocol/typed-data/domain'
import { within } from '@hygeia/runtime/abort'
import type { Clock } from '@hygeia/runtime/clock'
import type { Block, IpfsNode } from '../ipfs/node.ts'
import type { GenuineBatch } from '../store/admit.ts'
import type { Store } from '../store/store.ts'
import { type DeviceStanding, judge, shapeOf } from '../verify/judge.ts'
import type { AnchoredBatches } from './anchored.ts'
import { type BatchLie, examineManifest, isBatchOf, isBlockOf, type ManifestLie } from './examine.ts'

export interface FetcherDeps {
  readonly ipfs: Pick<IpfsNode, 'get' | 'putMany' | 'pin' | 'sync'>
  readonly store: Pick<Store, 'replicate' | 'reader'>
  readonly directory: {
    device(address: Address): DeviceStanding | undefined
    refresh(): Promise<void>
  }
  readonly recover: Recover
  readonly clock: Clock
}

export type Fetched =
  | {
      readonly outcome: 'held'
      readonly digests: readonly Uint8Array[]
      /** Digests of the batches that the journal has because of this manifest. */
      readonly indexed: readonly Uint8Array[]
    }
  /** `missing` blocks, of its batches or its own, were given by nobody in time. */
  | { readonly outcome: 'missing'; readonly missing: number }
  /** Not this hospital's to blame or believe yet: a clock is wrong. */
  | { readonly outcome: 'wait' }
  | { readonly outcome: 'lie'; readonly lie: ManifestLie | BatchLie }

type Examined =
  | { readonly kind: 'genuine'; readonly batch: GenuineBatch }
  /** Its device was suspended, by its patient's word before this batch: held, but not indexed. */
  | { readonly kind: 'after-suspension' }
  | { readonly kind: 'known' | 'missing' | 'wait' }
  | { readonly kind: 'lie'; readonly lie: BatchLie }

/** Blocks asked for at once, and looked at between two turns of the event loop. */
const AT_ONCE = 64
/** How long the swarm may take to give one block. */
const BLOCK_MS = 20_000

/** Brings one anchored manifest here, as far as it is true: its block, its batches, their place in the journal. */
export class Fetcher {
  readonly #deps: FetcherDeps
  readonly #signer: (batch: SealedBatch) => Address

  constructor({ realm }: { readonly realm: Realm }, deps: FetcherDeps) {
    this.#deps = deps
    const digester = sealedDigester(realm)
    this.#signer = (batch) => deps.recover(digester(batch, batch.ciphertext), batch.signature)
  }

  /**
   * Fetch what is missing here and index what is genuine, also when the rest is not. Nothing is doubled when it is
   * done again.
   *
   * @throws {IpfsError | StoreError | ChainError | RpcError} when this hospital's own parts fail
   */
  async fetch(anchored: AnchoredBatches, signal: AbortSignal): Promise<Fetched> {
    const digest = Buffer.from(anchored.manifest.slice(2), 'hex')
    const block = await this.#block(digest, signal)
    if (block === undefined) return { outcome: 'missing', missing: 1 }
    const examined = await examineManifest(block, anchored)
    if ('lie' in examined) return { outcome: 'lie', lie: examined.lie }
    return await this.#fetchBatches(examined.manifest, { digest, bytes: block }, signal)
  }

  /** Blocks of a manifest that this node does not have, of those with `digests`; looks at nobody else's. */
  async missing(digests: readonly Uint8Array[]): Promise<number> {
    let missing = 0
    for (let start = 0; start < digests.length; start += AT_ONCE) {
      const some = digests.slice(start, start + AT_ONCE)
      const held = await Promise.all(some.map((digest) => this.#held(digest)))
      missing += held.filter((block) => block === undefined).length
    }
    return missing
  }

  async #fetchBatches({ leaves }: Manifest, block: Block, signal: AbortSignal): Promise<Fetched> {
    const { ipfs } = this.#deps
    const indexed: Uint8Array[] = []
    const lies: BatchLie[] = []
    let missing = 0
    let waiting = 0
    for (let start = 0; start < leaves.length; start += AT_ONCE) {
      const some = leaves.slice(start, start + AT_ONCE)
      const known = await this.#deps.store.reader.findMany(some.map(({ digest }) => digest))
      const examined = await Promise.all(some.map((leaf, index) => this.#examine(leaf, known[index], signal)))
      signal.throwIfAborted()
      const genuine = examined.flatMap((one) => (one.kind === 'genuine' ? [one.batch] : []))
      // Blocks first: a batch in the index is one whose bytes are kept.
      await ipfs.putMany(genuine)
      const admitted = await Promise.all(genuine.map((batch) => this.#deps.store.replicate(batch)))
      indexed.push(...genuine.flatMap((batch, at) => (admitted[at]?.outcome === 'new' ? [batch.digest] : [])))
      lies.push(...examined.flatMap((one) => (one.kind === 'lie' ? [one.lie] : [])))
      missing += examined.filter(({ kind }) => kind === 'missing').length
      waiting += examined.filter(({ kind }) => kind === 'wait').length
    }
    const [lie] = lies
    if (lie !== undefined) return { outcome: 'lie', lie }
    if (missing > 0) return { outcome: 'missing', missing }
    if (waiting > 0) return { outcome: 'wait' }
    await ipfs.pin(block)
    await ipfs.sync()
    return { outcome: 'held', digests: leaves.map(({ digest }) => digest), indexed }
  }

  /** @param known - what the journal has under the digest already */
  async #examine(leaf: BatchLeaf, known: BatchLeaf | undefined, signal: AbortSignal): Promise<Examined> {
    const { clock, directory } = this.#deps
    const bytes = await this.#block(leaf.digest, signal)
    if (bytes === undefined) return { kind: 'missing' }
    if (known !== undefined) {
      return isBatchOf(leaf, known) ? { kind: 'known' } : { kind: 'lie', lie: 'BATCH_OF_ANOTHER_PLACE' }
    }
    const shape = shapeOf(bytes)
    if ('reason' in shape) return { kind: 'lie', lie: 'BATCH_MALFORMED' }
    const { batch } = shape
    if (!isBatchOf(leaf, batch)) return { kind: 'lie', lie: 'BATCH_OF_ANOTHER_PLACE' }
    if (directory.device(batch.device) === undefined) await directory.refresh()
    const verdict = judge(batch, {
      sender: undefined,
      device: directory.device(batch.device),
      // Label keys are the concern of the hospital that the device sent to.
      knowsLabel: undefined,
      now: clock.now(),
      signer: this.#signer,
    })
    if (verdict.outcome === 'wait') return { kind: 'wait' }
    if (verdict.outcome === 'accept') {
      const digest = hash('sha256', bytes, 'buffer')
      const leafHash = batchLeafHash(leaf)
      // When its device last measured is what can be said here, not when another hospital heard of it.
      const at = batch.isDated && batch.to < clock.now() ? batch.to : clock.now()
      return { kind: 'genuine', batch: { bytes, header: batch, digest, leafHash, at } }
    }
    if (verdict.reason === 'SUSPENDED_DEVICE') return { kind: 'after-suspension' }
    return { kind: 'lie', lie: 'BATCH_NOT_GENUINE' }
  }

  /** A block of this node, else of the swarm; undefined when nobody gave the right one in time. */
  async #block(digest: Uint8Array, signal: AbortSignal): Promise<Uint8Array | undefined> {
    const { ipfs } = this.#deps
    const held = await this.#held(digest)
    if (held !== undefined) return held
    const given = await ipfs.get(digest, within(BLOCK_MS, signal))
    return given !== undefined && isBlockOf(digest, given) ? given : undefined
  }

  async #held(digest: Uint8Array): Promise<Uint8Array | undefined> {
    const held = await this.#deps.ipfs.get(digest, AbortSignal.abort())
    return held !== undefined && isBlockOf(digest, held) ? held : undefined
  }
}
