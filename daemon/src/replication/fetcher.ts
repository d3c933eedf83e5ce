import { sameBytes } from '@hygeia/protocol/cbor'
import { type Address, fromHex, type Hex32 } from '@hygeia/protocol/ids'
import { linksOf } from '@hygeia/protocol/manifest/standing'
import { type BatchLeaf, batchLeafHash } from '@hygeia/protocol/merkle/leaf'
import type { SealedBatch } from '@hygeia/protocol/sealed/header'
import { sealedDigester } from '@hygeia/protocol/sealed/signing'
import type { Recover } from '@hygeia/protocol/signature'
import type { Realm } from '@hygeia/protocol/typed-data/domain'
import { within } from '@hygeia/runtime/abort'
import type { Clock } from '@hygeia/runtime/clock'
import { digestsLinkedBy, nameOf } from '../ipfs/linked.ts'
import type { Block, IpfsNode } from '../ipfs/node.ts'
import type { GenuineBatch } from '../store/admit.ts'
import { isReplica } from '../store/keys.ts'
import type { BatchRecord } from '../store/record.ts'
import type { Store } from '../store/store.ts'
import { type DeviceStanding, judge, shapeOf } from '../verify/judge.ts'
import type { AnchoredBatches } from './anchored.ts'
import type { Brought, BroughtManifest } from './brought.ts'
import { type BatchLie, isBatchOf, isBlockOf, type ManifestLie } from './examine.ts'
import { type FoundManifest, Manifests, type ManifestsDeps } from './manifests.ts'
import type { ReplicaRecord } from './records.ts'
import type { Standing, Standings } from './standings.ts'

export interface FetcherOptions {
  readonly realm: Realm
  /** Operator account of this hospital. */
  readonly hospital: Address
}

export interface FetcherDeps {
  readonly ipfs: Pick<IpfsNode, 'get' | 'bring' | 'linked' | 'putMany' | 'sync' | 'drop'>
  readonly store: Pick<Store, 'replicate' | 'reader'>
  readonly standings: Standings
  /** What may be here already. */
  readonly brought: Pick<Brought, 'take'>
  readonly replacements: ManifestsDeps['replacements']
  readonly own: ManifestsDeps['own']
  readonly directory: {
    device(address: Address): DeviceStanding | undefined
    refresh(): Promise<void>
  }
  readonly recover: Recover
  readonly clock: Clock
}

/** What is to be fetched, and whether it was here before; it was not unless told. */
export type Wanted = AnchoredBatches & Partial<Pick<ReplicaRecord, 'state'>>

export type Fetched =
  | {
      readonly outcome: 'held'
      /** Of all its batches in leaf order; zeros for those that are erased. */
      readonly digests: readonly Uint8Array[]
      /** Of some batches nobody has more than their place: they were erased before they came here. */
      readonly isReduced: boolean
      /** Digests of the batches that the journal has because others anchored them: now, or at an attempt before. */
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
  /** Indexed before: because somebody anchored it, or because its device brought it. */
  | { readonly kind: 'replica'; readonly digest: Uint8Array }
  | { readonly kind: 'known' | 'wait' }
  | { readonly kind: 'lie'; readonly lie: BatchLie }

interface Given {
  readonly leaf: BatchLeaf
  readonly bytes: Uint8Array
  /** Found out before. */
  readonly signer: Address | undefined
}

/** How long the swarm may take to give all batches of a manifest: what came by then is kept, the rest asked for again. */
const BATCHES_MS = 120_000
/** Genuine batches that wait in memory for the rest of their manifest. */
const ROOM_BYTES = 16 * 1_048_576
const NO_DIGEST = new Uint8Array(32)

/** Brings one anchored manifest here, as far as it is true: its block, its batches, their place in the journal. */
export class Fetcher {
  readonly #hospital: Address
  readonly #deps: FetcherDeps
  readonly #signer: (batch: SealedBatch) => Address
  readonly #manifests: Manifests

  constructor({ realm, hospital }: FetcherOptions, deps: FetcherDeps) {
    this.#hospital = hospital
    this.#deps = deps
    this.#manifests = new Manifests(deps)
    const digester = sealedDigester(realm)
    this.#signer = (batch) => deps.recover(digester(batch, batch.ciphertext), batch.signature)
  }

  /**
   * Fetch what is missing here and index what is genuine, also when the rest is not. What is erased is left out.
   * Nothing is doubled when it is done again.
   *
   * @throws {IpfsError | StoreError | ChainError | RpcError} when this hospital's own parts fail
   * @throws the signal's reason
   */
  async fetch(anchored: Wanted, signal: AbortSignal): Promise<Fetched> {
    const { standings, brought } = this.#deps
    const ahead = brought.take(anchored)
    const found =
      ahead === undefined
        ? await this.#manifests.find(anchored, signal)
        : { standing: ahead.standing, isReduced: false }
    if (found === undefined) return { outcome: 'missing', missing: 1 }
    if ('lie' in found) return { outcome: 'lie', lie: found.lie }
    const { isReduced } = found
    const standing = await standings.withoutErased(anchored.manifest, found.standing)
    const isAhead = standing === ahead?.standing
    const known = isAhead ? ahead : undefined
    const fetched = await this.#fetchBatches(anchored, { standing, isReduced, known }, signal)
    // Erased while it was under way.
    const left = await standings.withoutErased(anchored.manifest, standing)
    if (left !== standing) {
      if (fetched.outcome === 'held') await standings.keep(anchored.manifest, left)
      const links = new Set(linksOf(left.manifest).map(nameOf))
      await this.#deps.ipfs.drop?.(linksOf(standing.manifest).filter((digest) => !links.has(nameOf(digest))))
    }
    return fetched
  }

  /**
   * Blocks that are not on this disk, of what stands for a manifest and what that links to; looks at nobody else's.
   * One that links to what is erased has to be replaced: it counts as not there.
   *
   * @throws {IpfsError | StoreError} or the signal's reason
   */
  async missing(manifest: Hex32, signal: AbortSignal): Promise<number> {
    const { ipfs, standings } = this.#deps
    const standing = await standings.held(manifest)
    if (standing === undefined) return 1
    if ((await standings.withoutErased(manifest, standing)) !== standing) return 1
    let missing = digestsLinkedBy(standing.bytes).length
    for await (const some of ipfs.linked(standing, signal)) {
      missing -= some.filter((block) => isBlockOf(block.digest, block.bytes)).length
    }
    return missing
  }

  /** @param found - with all that it links to, when that was read already */
  async #fetchBatches(
    anchored: Wanted,
    { standing, isReduced, known }: FoundManifest & { readonly known: BroughtManifest | undefined },
    signal: AbortSignal,
  ): Promise<Fetched> {
    const { ipfs, standings } = this.#deps
    const { leaves } = standing.manifest
    const digests = leaves.map((leaf) => ('leafHash' in leaf ? NO_DIGEST : leaf.digest))
    const open = Map.groupBy(
      leaves.flatMap((leaf) => ('leafHash' in leaf ? [] : [leaf])),
      ({ digest }) => nameOf(digest),
    )
    if (await this.#isOwn(anchored, standing)) {
      // What it anchored is pinned since before that.
      if (!sameBytes(standing.digest, fromHex(anchored.manifest)))
        await standings.keep(anchored.manifest, standing)
      return { outcome: 'held', digests, indexed: [], isReduced }
    }
    const genuine: GenuineBatch[] = []
    const indexed: Uint8Array[] = []
    const lies: BatchLie[] = []
    let bytes = 0
    let waiting = 0
    if (known === undefined) await ipfs.bring(standing, within(BATCHES_MS, signal))
    for await (const some of known === undefined ? ipfs.linked(standing, signal) : [known.blocks]) {
      signal.throwIfAborted()
      for (const one of await this.#examine(some, open, known?.signers)) {
        if (one.kind === 'lie') lies.push(one.lie)
        if (one.kind === 'wait') waiting++
        if (one.kind === 'replica') indexed.push(one.digest)
        if (one.kind !== 'genuine') continue
        genuine.push(one.batch)
        bytes += one.batch.bytes.length
      }
      if (bytes < ROOM_BYTES) continue
      await ipfs.putMany(genuine)
      indexed.push(...(await this.#index(genuine.splice(0))))
      bytes = 0
    }
    signal.throwIfAborted()
    const missing = [...open.values()].reduce((count, same) => count + same.length, 0)
    const isWhole = lies.length === 0 && missing === 0 && waiting === 0
    // Blocks first: a batch in the index is one whose bytes are kept. Under a manifest that is whole, all at once.
    if (isWhole) await standings.keep(anchored.manifest, standing)
    else {
      await ipfs.putMany(genuine)
      await ipfs.sync()
    }
    indexed.push(...(await this.#index(genuine)))
    const [lie] = lies
    if (lie !== undefined) return { outcome: 'lie', lie }
    if (missing > 0) return { outcome: 'missing', missing }
    if (waiting > 0) return { outcome: 'wait' }
    return { outcome: 'held', digests, indexed, isReduced }
  }

  /** Whether this hospital anchored it: then it archived what it knows of it before that, and has that still. */
  async #isOwn({ origin, state }: Wanted, standing: Standing): Promise<boolean> {
    if (origin !== this.#hospital || state === 'gone') return false
    const known = await this.#deps.store.reader.findMany(linksOf(standing.manifest))
    return known.every((batch) => batch !== undefined)
  }

  /** @returns digests of those that no device brought */
  async #index(genuine: readonly GenuineBatch[]): Promise<readonly Uint8Array[]> {
    const admitted = await Promise.all(genuine.map((batch) => this.#deps.store.replicate(batch)))
    return genuine.flatMap(({ digest }, at) => {
      const admission = admitted[at]
      if (admission === undefined || admission.outcome === 'forked') return []
      return isReplica(admission.arrival) ? [digest] : []
    })
  }

  /**
   * @param open - leaves by the digest of their batch; those of `blocks` are taken out
   * @param signers - as far as they are known
   */
  async #examine(
    blocks: readonly Block[],
    open: Map<string, readonly BatchLeaf[]>,
    signers: ReadonlyMap<string, Address> | undefined,
  ): Promise<readonly Examined[]> {
    const found = blocks.flatMap(({ digest, bytes }) => {
      const name = nameOf(digest)
      if (!isBlockOf(digest, bytes)) return []
      const same = open.get(name) ?? []
      open.delete(name)
      return same.map((leaf) => ({ leaf, bytes, signer: signers?.get(name) }))
    })
    const known = await this.#deps.store.reader.findMany(found.map(({ leaf }) => leaf.digest))
    return await Promise.all(found.map((one, at) => this.#examineOne(one, known[at])))
  }

  /** @param known - what the journal has under the digest already */
  async #examineOne({ leaf, bytes, signer }: Given, known: BatchRecord | undefined): Promise<Examined> {
    const { clock, directory } = this.#deps
    if (known !== undefined) {
      if (!isBatchOf(leaf, known)) return { kind: 'lie', lie: 'BATCH_OF_ANOTHER_PLACE' }
      return isReplica(known.arrival) ? { kind: 'replica', digest: leaf.digest } : { kind: 'known' }
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
      signer: signer === undefined ? this.#signer : () => signer,
    })
    if (verdict.outcome === 'wait') return { kind: 'wait' }
    if (verdict.outcome === 'accept') {
      const leafHash = batchLeafHash(leaf)
      // When its device last measured is what can be said here, not when another hospital heard of it.
      const at = batch.isDated && batch.to < clock.now() ? batch.to : clock.now()
      return { kind: 'genuine', batch: { bytes, header: batch, digest: leaf.digest, leafHash, at } }
    }
    if (verdict.reason === 'SUSPENDED_DEVICE') return { kind: 'after-suspension' }
    return { kind: 'lie', lie: 'BATCH_NOT_GENUINE' }
  }
}
