import { hash } from 'node:crypto'
import { sameBytes } from '@hygeia/protocol/cbor'
import { fromHex, type Hex32 } from '@hygeia/protocol/ids'
import {
  decodeStanding,
  linksOf,
  type StandingManifest,
  withoutErased,
} from '@hygeia/protocol/manifest/standing'
import { nameOf } from '../ipfs/linked.ts'
import type { Block, IpfsNode } from '../ipfs/node.ts'
import type { Eraser } from '../store/eraser.ts'
import { isBlockOf } from './examine.ts'

/** The block that stands for a manifest here, or would. */
export interface Standing extends Block {
  readonly manifest: StandingManifest
}

export interface StandingsDeps {
  readonly ipfs: Pick<IpfsNode, 'get' | 'pin' | 'sync' | 'drop'>
  readonly eraser: Pick<Eraser, 'areErased' | 'standingFor' | 'replace'>
}

/** What stands here for the manifests that the chain names: themselves, or what links to less of their batches. */
export class Standings {
  readonly #deps: StandingsDeps

  constructor(deps: StandingsDeps) {
    this.#deps = deps
  }

  /** Its digest, and then that of the manifest itself when it is another. @throws {StoreError} */
  async digestsFor(manifest: Hex32): Promise<readonly [Uint8Array, ...Uint8Array[]]> {
    const own = fromHex(manifest)
    const digest = await this.#deps.eraser.standingFor(manifest)
    return sameBytes(digest, own) ? [own] : [digest, own]
  }

  /** Digest of what stands here for a manifest in its place; undefined while it does itself. @throws {StoreError} */
  async replacementOf(manifest: Hex32): Promise<Uint8Array | undefined> {
    const [digest, own] = await this.digestsFor(manifest)
    return own === undefined ? undefined : digest
  }

  /** What stands for a manifest, if it is on this disk. @throws {IpfsError | StoreError} */
  async held(manifest: Hex32): Promise<Standing | undefined> {
    const { ipfs, eraser } = this.#deps
    const digest = await eraser.standingFor(manifest)
    const bytes = await ipfs.get(digest, AbortSignal.abort())
    if (bytes === undefined || !isBlockOf(digest, bytes)) return undefined
    return { digest, bytes, manifest: decodeStanding(bytes) }
  }

  /**
   * What is to stand for a manifest by what is erased now: `standing` itself when that links to nothing of it.
   *
   * @param erasing - batches that are about to be erased, by `nameOf` their digests
   */
  async withoutErased(
    manifest: Hex32,
    standing: Standing,
    erasing: ReadonlySet<string> = new Set(),
  ): Promise<Standing> {
    const links = linksOf(standing.manifest)
    const areErased = await this.#deps.eraser.areErased(links)
    const names = links.map(nameOf)
    const erased = new Set(names.filter((name, index) => areErased[index] || erasing.has(name)))
    if (erased.size === 0) return standing
    const bytes = withoutErased(standing.manifest, manifest, ({ digest }) => erased.has(nameOf(digest)))
    return { digest: hash('sha256', bytes, 'buffer'), bytes, manifest: decodeStanding(bytes) }
  }

  /**
   * Keep `standing`, with all that it links to, in the place of whatever stood for the manifest, which goes.
   *
   * @throws {IpfsError | StoreError}
   */
  async keep(manifest: Hex32, standing: Standing): Promise<void> {
    const former = await this.put(manifest, standing)
    if (former.length > 0) await this.#deps.ipfs.drop?.(former)
  }

  /** As `keep`, but for what stood there before. @returns digests of that, which is to be dropped */
  async put(manifest: Hex32, standing: Standing): Promise<readonly Uint8Array[]> {
    const { ipfs, eraser } = this.#deps
    await ipfs.pin(standing)
    await ipfs.sync()
    if (sameBytes(standing.digest, fromHex(manifest))) return []
    return await eraser.replace(manifest, standing.digest)
  }
}
