import { decodeCbor, encodeCbor } from '@hygeia/protocol/cbor'
import { FieldReader, rawOf } from '@hygeia/protocol/fields'
import { type Hex32, toHex } from '@hygeia/protocol/ids'
import { LEAF_LIMIT } from '@hygeia/protocol/merkle/limits'
import { type MerkleTree, merkleTree } from '@hygeia/protocol/merkle/tree'
import { type Disk, put } from '../store/disk.ts'
import { anchorKey, leavesKey, rangeOf } from './keys.ts'

/** A run of entries that is, or is about to be, under one root on the chain. */
export interface AuditAnchor {
  /** Index of its first entry. */
  readonly first: number
  readonly count: number
  readonly root: Hex32
  /** SHA-256 digest in the CID of the list of leaves. */
  readonly manifest: Hex32
  /** Where it was mined; undefined while that is not known to be final. */
  readonly mined: MinedAnchor | undefined
}

export interface MinedAnchor {
  readonly transaction: Hex32
  readonly blockNumber: number
  readonly blockHash: Hex32
}

const HASH_BYTES = 32
/** Trees kept ready: the patients' newest entries lie under the newest few. */
const TREE_CACHE = 4

/** Which entries are anchored where, with the leaves that prove it. */
export class AuditAnchors {
  readonly #disk: Disk
  readonly #trees = new Map<number, MerkleTree>()

  constructor(disk: Disk) {
    this.#disk = disk
  }

  async newest(): Promise<AuditAnchor | undefined> {
    return await this.#first({ ...rangeOf('a'), reverse: true, limit: 1 })
  }

  /** The anchor that entry `index` is under. */
  async holding(index: number): Promise<AuditAnchor | undefined> {
    const range = { gte: Buffer.from('a'), lte: anchorKey(index), reverse: true, limit: 1 }
    const anchor = await this.#first(range)
    return anchor !== undefined && index < anchor.first + anchor.count ? anchor : undefined
  }

  /** Durable before anything is sent, so that a restart sends the same again. */
  async putIntent(anchor: AuditAnchor, leaves: readonly Uint8Array[]): Promise<void> {
    const joined = Buffer.concat(leaves)
    await this.#disk.write(
      [put(leavesKey(anchor.first), joined), put(anchorKey(anchor.first), encode(anchor))],
      true,
    )
  }

  async putMined(anchor: AuditAnchor, mined: MinedAnchor): Promise<void> {
    await this.#disk.write([put(anchorKey(anchor.first), encode({ ...anchor, mined }))], true)
  }

  /** Sibling hashes from the leaf of entry `index` up. */
  async proofOf(anchor: AuditAnchor, index: number): Promise<readonly Uint8Array[]> {
    const held = this.#trees.get(anchor.first) ?? (await this.#treeOf(anchor))
    this.#trees.delete(anchor.first)
    this.#trees.set(anchor.first, held)
    for (const oldest of this.#trees.keys()) {
      if (this.#trees.size <= TREE_CACHE) break
      this.#trees.delete(oldest)
    }
    return held.proofOf(index - anchor.first)
  }

  async #treeOf({ first, count }: AuditAnchor): Promise<MerkleTree> {
    const joined = await this.#disk.level.get(leavesKey(first))
    if (joined === undefined) throw new Error(`leaves of anchor ${first} are missing`)
    const leaf = (_: unknown, at: number) => joined.slice(at * HASH_BYTES, (at + 1) * HASH_BYTES)
    return merkleTree(Array.from({ length: count }, leaf))
  }

  async #first(range: object): Promise<AuditAnchor | undefined> {
    for await (const value of this.#disk.level.values(range)) return decode(value)
    return undefined
  }
}

function encode({ first, count, root, manifest, mined }: AuditAnchor): Uint8Array {
  const place = mined && [rawOf(mined.transaction), mined.blockNumber, rawOf(mined.blockHash)]
  return encodeCbor([1, first, count, rawOf(root), rawOf(manifest), place ?? null])
}

function decode(bytes: Uint8Array): AuditAnchor {
  const fields = new FieldReader('audit anchor', decodeCbor(bytes, 'audit anchor', 512), 6)
  fields.constant(1)
  const first = fields.uint()
  const count = fields.uint(LEAF_LIMIT)
  const root = fields.hex32()
  const manifest = fields.hex32()
  const mined = fields.orNull((reader): MinedAnchor => {
    const place = new FieldReader('audit anchor', reader.any(), 3)
    return { transaction: place.hex32(), blockNumber: place.uint(), blockHash: place.hex32() }
  })
  return { first, count, root, manifest, mined }
}

export const rootOf = (leaves: readonly Uint8Array[]) => toHex(merkleTree(leaves).root) as string as Hex32
