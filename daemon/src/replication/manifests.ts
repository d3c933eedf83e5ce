import { sameBytes } from '@hygeia/protocol/cbor'
import { fromHex, type Hex32 } from '@hygeia/protocol/ids'
import { within } from '@hygeia/runtime/abort'
import type { Block, IpfsNode } from '../ipfs/node.ts'
import type { AnchoredBatches } from './anchored.ts'
import { examineManifest, isBlockOf, type ManifestLie } from './examine.ts'
import type { Standing, Standings } from './standings.ts'

export interface ManifestsDeps {
  /** What this hospital itself anchored under a root, as its journal tells; undefined when that does not. */
  readonly own: (root: Hex32) => Promise<Block | undefined>
  readonly ipfs: Pick<IpfsNode, 'get'>
  readonly standings: Pick<Standings, 'digestsFor'>
  /** Digests of what is said to stand elsewhere in the place of a manifest, by hospitals that may say so. */
  readonly replacements: (anchored: AnchoredBatches, signal: AbortSignal) => Promise<readonly Uint8Array[]>
}

export interface FoundManifest {
  readonly standing: Standing
  /** It leaves out what others erased. */
  readonly isReduced: boolean
}

/** How long the swarm may take to give a manifest before others are asked whether it was replaced: there may be hours of such. */
const FIRST_MS = 2_000
/** The same when it was not: a question that got lost is soon asked again. */
const LIMIT_MS = 10_000

/** Finds the block that tells what an anchor is of. */
export class Manifests {
  readonly #deps: ManifestsDeps

  constructor(deps: ManifestsDeps) {
    this.#deps = deps
  }

  /**
   * What stands for the manifest here, else the manifest, if need be made of this hospital's own journal, else what others
   * have in its place.
   *
   * @returns undefined when nobody gave it in time
   * @throws {IpfsError | StoreError} or the signal's reason
   */
  async find(
    anchored: AnchoredBatches,
    signal: AbortSignal,
  ): Promise<FoundManifest | { readonly lie: ManifestLie } | undefined> {
    return (
      (await this.#standing(anchored, FIRST_MS, signal)) ??
      (await this.#ofJournal(anchored)) ??
      (await this.#replacement(anchored, signal)) ??
      (await this.#standing(anchored, LIMIT_MS, signal))
    )
  }

  async #standing(
    anchored: AnchoredBatches,
    limitMs: number,
    signal: AbortSignal,
  ): Promise<FoundManifest | { readonly lie: ManifestLie } | undefined> {
    const own = fromHex(anchored.manifest)
    for (const digest of await this.#deps.standings.digestsFor(anchored.manifest)) {
      const examined = await this.#examined(digest, anchored, within(limitMs, signal))
      signal.throwIfAborted()
      if (examined === undefined) continue
      if ('standing' in examined) return { ...examined, isReduced: false }
      if (sameBytes(digest, own)) return examined
    }
    return undefined
  }

  async #ofJournal(anchored: AnchoredBatches): Promise<FoundManifest | undefined> {
    const block = await this.#deps.own(anchored.root)
    const examined = block && (await this.#judged(block.digest, block.bytes, anchored))
    return examined !== undefined && 'standing' in examined ? { ...examined, isReduced: false } : undefined
  }

  /**
   * Whoever erased some of it has let go of the manifest. Whether what they leave out had to go, nobody can tell who never
   * had it; that all the rest is there, the root says.
   */
  async #replacement(anchored: AnchoredBatches, signal: AbortSignal): Promise<FoundManifest | undefined> {
    for (const digest of await this.#deps.replacements(anchored, signal)) {
      const examined = await this.#examined(digest, anchored, within(FIRST_MS, signal))
      signal.throwIfAborted()
      if (examined !== undefined && 'standing' in examined) return { ...examined, isReduced: true }
    }
    return undefined
  }

  async #examined(
    digest: Uint8Array,
    anchored: AnchoredBatches,
    signal: AbortSignal,
  ): Promise<{ readonly standing: Standing } | { readonly lie: ManifestLie } | undefined> {
    const bytes = await this.#deps.ipfs.get(digest, signal)
    return bytes === undefined ? undefined : await this.#judged(digest, bytes, anchored)
  }

  async #judged(
    digest: Uint8Array,
    bytes: Uint8Array,
    anchored: AnchoredBatches,
  ): Promise<{ readonly standing: Standing } | { readonly lie: ManifestLie } | undefined> {
    if (!isBlockOf(digest, bytes)) return undefined
    const examined = await examineManifest(bytes, anchored)
    return 'lie' in examined ? examined : { standing: { digest, bytes, manifest: examined.manifest } }
  }
}
