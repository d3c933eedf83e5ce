import { CID_BYTES, cidOfDigest, digestOfCid } from '@hygeia/protocol/sealed/cid'
import { BaseBlockstore } from 'blockstore-core'
import type { InputPair, Pair } from 'interface-blockstore'
import { CID } from 'multiformats/cid'
import { type Disk, del, put } from '../../store/disk.ts'
import { IpfsError } from '../errors.ts'
import type { Block } from '../node.ts'

const BLOCK = 0x62
const FIRST = Buffer.from([BLOCK])
const LAST = Buffer.from([BLOCK + 1])

function keyOf(digest: Uint8Array): Buffer {
  const key = Buffer.allocUnsafe(1 + digest.length)
  key[0] = BLOCK
  key.set(digest, 1)
  return key
}

/**
 * Blocks in LevelDB, by digest: of DAG-CBOR and SHA-256 only, which is all that hospitals exchange.
 *
 * Every write is synced, because a barrier at the end would not cover a log file that LevelDB had begun before.
 */
export class DiskBlockstore extends BaseBlockstore {
  readonly #disk: Disk

  constructor(disk: Disk) {
    super()
    this.#disk = disk
  }

  async putBlocks(blocks: readonly Block[]): Promise<void> {
    if (blocks.length === 0) return
    await this.#disk.write(
      blocks.map(({ digest, bytes }) => put(keyOf(digest), bytes)),
      true,
    )
  }

  async getBlock(digest: Uint8Array): Promise<Uint8Array | undefined> {
    return this.#disk.level.get(keyOf(digest))
  }

  /** Resolves when nothing of them is on the disk. */
  async dropBlocks(digests: readonly Uint8Array[]): Promise<void> {
    if (digests.length === 0) return
    const held = digests.map(keyOf)
    await this.#disk.writeOver(
      held.map(del),
      held.map((key) => [key, key]),
    )
  }

  override async has(cid: CID): Promise<boolean> {
    return isOurs(cid) && (await this.#disk.level.has(keyOf(digestOfCid(cid.bytes))))
  }

  override async put(cid: CID, source: InputPair['bytes']): Promise<CID> {
    if (!isOurs(cid))
      throw new IpfsError('not a block of DAG-CBOR and SHA-256', { code: 'IPFS_FOREIGN_BLOCK' })
    await this.putBlocks([{ digest: digestOfCid(cid.bytes), bytes: await joined(source) }])
    return cid
  }

  override async *get(cid: CID): AsyncGenerator<Uint8Array> {
    const block = isOurs(cid) ? await this.getBlock(digestOfCid(cid.bytes)) : undefined
    if (block === undefined) throw new IpfsError('no such block', { code: 'IPFS_NOT_HELD' })
    yield block
  }

  override async delete(cid: CID): Promise<void> {
    if (isOurs(cid)) {
      await this.#disk.write([{ type: 'del', key: keyOf(digestOfCid(cid.bytes)) }], true)
    }
  }

  override async *getAll(): AsyncGenerator<Pair> {
    for await (const [key, bytes] of this.#disk.level.iterator({ gte: FIRST, lt: LAST })) {
      const cid = CID.decode(cidOfDigest(key.subarray(1)))
      yield {
        cid,
        bytes: (async function* () {
          yield bytes
        })(),
      }
    }
  }
}

function isOurs(cid: CID): boolean {
  // The lengths first: digestOfCid takes the CID of another kind for an error.
  return (
    cid.version === 1 && cid.bytes.length === CID_BYTES && cid.code === 0x71 && cid.multihash.code === 0x12
  )
}

async function joined(source: InputPair['bytes']): Promise<Uint8Array> {
  if (source instanceof Uint8Array) return source
  const parts: Uint8Array[] = []
  for await (const part of source) parts.push(part)
  return Buffer.concat(parts)
}
