import type { Address } from '@hygeia/protocol/ids'
import { nameOf } from '../ipfs/linked.ts'
import type { ReplicaBook } from './book.ts'
import type { Standings } from './standings.ts'

export interface ReplicaErasingOptions {
  /** Operator account of this hospital. */
  readonly hospital: Address
}

export interface ReplicaErasingDeps {
  readonly book: Pick<ReplicaBook, 'naming'>
  readonly standings: Standings
}

/** Takes batches that are about to be erased out of what other hospitals anchored and this one holds. */
export class ReplicaErasing {
  readonly #options: ReplicaErasingOptions
  readonly #deps: ReplicaErasingDeps

  constructor(options: ReplicaErasingOptions, deps: ReplicaErasingDeps) {
    this.#options = options
    this.#deps = deps
  }

  /**
   * Put manifests that link to none of `digests` in the place of others' that do. Interrupted, it can be done again.
   *
   * @returns digests of the manifests that were replaced, and are to be dropped
   * @throws {IpfsError | StoreError}
   */
  async leaveOut(
    digests: readonly Uint8Array[],
  ): Promise<{ readonly manifests: number; readonly former: readonly Uint8Array[] }> {
    const { book, standings } = this.#deps
    const erasing = new Set(digests.map(nameOf))
    const former: Uint8Array[] = []
    let manifests = 0
    for (const { origin, manifest } of await book.naming(erasing)) {
      if (origin === this.#options.hospital) continue
      const standing = await standings.held(manifest)
      if (standing === undefined) {
        // Nothing to link to what is left; it is fetched anew, without what is erased.
        former.push(...(await standings.digestsFor(manifest)))
        continue
      }
      const left = await standings.withoutErased(manifest, standing, erasing)
      if (left !== standing) manifests++
      former.push(...(await standings.put(manifest, left)))
    }
    return { manifests, former }
  }
}
