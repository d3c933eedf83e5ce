import type { Address } from '@hygeia/protocol/ids'
import { linksOf } from '@hygeia/protocol/manifest/standing'
import type { SealedBatch } from '@hygeia/protocol/sealed/header'
import { sealedDigester } from '@hygeia/protocol/sealed/signing'
import type { Recover } from '@hygeia/protocol/signature'
import type { Realm } from '@hygeia/protocol/typed-data/domain'
import { nameOf } from '../ipfs/linked.ts'
import type { Block } from '../ipfs/node.ts'
import { shapeOf } from '../verify/judge.ts'
import type { AnchoredBatches } from './anchored.ts'
import { isBlockOf } from './examine.ts'
import type { Standing } from './standings.ts'

/** One manifest that is what its anchor says, every block that it links to, and who signed them. */
export interface BroughtManifest {
  readonly standing: Standing
  readonly blocks: readonly Block[]
  /** Who signed which, by the name of its digest; none for what is no batch. */
  readonly signers: ReadonlyMap<string, Address>
}

/** Of all that waits to be taken; the oldest is forgotten first. */
const ROOM_BYTES = 32 * 1_048_576

/** What was read from this disk before it is wanted. Says nothing of who may sign: that is judged when it is wanted. */
export class Brought {
  readonly #signer: (batch: SealedBatch) => Address
  readonly #held = new Map<string, BroughtManifest & { readonly bytes: number }>()
  #bytes = 0

  constructor({ realm, recover }: { readonly realm: Realm; readonly recover: Recover }) {
    const digester = sealedDigester(realm)
    this.#signer = (batch) => recover(digester(batch, batch.ciphertext), batch.signature)
  }

  /**
   * @param standing - what stands for the anchored manifest, examined
   * @param given - what it links to, as far as it is here: only all of it is kept
   */
  async read(
    anchored: AnchoredBatches,
    standing: Standing,
    given: AsyncIterable<readonly Block[]>,
  ): Promise<void> {
    const wanted = new Set(linksOf(standing.manifest).map(nameOf))
    const blocks: Block[] = []
    const signers = new Map<string, Address>()
    let bytes = 0
    for await (const some of given) {
      for (const block of some) {
        const name = nameOf(block.digest)
        if (!isBlockOf(block.digest, block.bytes) || !wanted.delete(name)) continue
        blocks.push(block)
        bytes += block.bytes.length
        const signer = this.#signerOf(block)
        if (signer !== undefined) signers.set(name, signer)
      }
      if (bytes > ROOM_BYTES) return
    }
    if (wanted.size > 0) return
    this.take(anchored)
    this.#held.set(textOf(anchored), { standing, blocks, signers, bytes })
    this.#bytes += bytes
    for (const name of this.#held.keys()) {
      if (this.#bytes <= ROOM_BYTES) break
      this.#remove(name)
    }
  }

  /** What was read of what a block anchored, once. */
  take(anchored: AnchoredBatches): BroughtManifest | undefined {
    return this.#remove(textOf(anchored))
  }

  #remove(name: string): BroughtManifest | undefined {
    const held = this.#held.get(name)
    if (held === undefined) return undefined
    this.#held.delete(name)
    this.#bytes -= held.bytes
    return held
  }

  /** As it says itself: undefined when it is no batch, or signed by nobody. */
  #signerOf({ bytes }: Block): Address | undefined {
    const shape = shapeOf(bytes)
    if ('reason' in shape) return undefined
    try {
      return this.#signer(shape.batch)
    } catch {
      return undefined
    }
  }
}

/** All that a manifest is examined against. */
const textOf = ({ root, origin, count, manifest }: AnchoredBatches): string =>
  [root, origin, count, manifest].join(' ')
