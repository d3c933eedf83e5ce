import { hash } from 'node:crypto'
import type { Address, Hex32 } from '@hygeia/protocol/ids'
import { encodeManifest } from '@hygeia/protocol/manifest/manifest'
import type { Block } from '../ipfs/node.ts'
import { type AnchorIntent, countOf } from '../store/anchors.ts'
import type { RecordList } from '../store/record-list.ts'
import type { Store } from '../store/store.ts'

export interface OwnManifestsDeps {
  readonly store: Pick<Store, 'records'> & { readonly anchors: Pick<Store['anchors'], 'underRoot'> }
}

/**
 * Manifests of what this hospital anchors, made of what its journal has of the batches. The journal is in backups, and
 * blocks may not be: what only this hospital anchored is not to be lost with them.
 */
export class OwnManifests {
  readonly #hospital: Address
  readonly #deps: OwnManifestsDeps

  /** @param hospital - operator account of this hospital, which its manifests name */
  constructor({ hospital }: { readonly hospital: Address }, deps: OwnManifestsDeps) {
    this.#hospital = hospital
    this.#deps = deps
  }

  /** @param batches - that are anchored together */
  of(batches: RecordList): Block {
    const bytes = encodeManifest({ hospital: this.#hospital, leaves: batches.all() })
    return { digest: hash('sha256', bytes, 'buffer'), bytes }
  }

  /** @returns undefined when some of it is erased: then another manifest stands in its place */
  async again(intent: AnchorIntent): Promise<Block | undefined> {
    const batches = await this.#deps.store.records(intent.first, intent.last)
    return batches.length < countOf(intent) ? undefined : this.of(batches)
  }

  /** As `again`, of the anchor of `root`; undefined also when the journal knows of none. */
  async underRoot(root: Hex32): Promise<Block | undefined> {
    const record = await this.#deps.store.anchors.underRoot(root)
    return record && (await this.again(record))
  }
}
