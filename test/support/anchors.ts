import { join } from 'node:path'
import { abi } from '@hygeia/contracts/anchor'
import { DiskBlockstore } from '@hygeia/daemon/ipfs/embedded/blockstore'
import { Disk } from '@hygeia/daemon/store/disk'
import { fromHex, type Hex } from '@hygeia/protocol/ids'
import { decodeManifest } from '@hygeia/protocol/manifest/manifest'
import type { AnchorStatement } from '@hygeia/protocol/receipt/receipt'
import { cidOfDigest, formatCid } from '@hygeia/protocol/sealed/cid'
import { createLog } from '@hygeia/runtime/log'
import { Interface } from 'ethers'
import { rpc } from './chain-watch.ts'

const contract = new Interface(abi)
const ANCHORED = contract.getEvent('Anchored')?.topicHash
const BATCHES = 0

/** One anchor of batches, as the chain has it. */
export interface Anchored {
  readonly root: string
  readonly count: number
  /** Digest in the manifest's CID. */
  readonly manifest: string
  readonly transaction: string
  readonly blockNumber: number
}

/** Every anchor of batches from the genesis on, in order. */
export async function anchoredOnChain(url: string, address: string): Promise<readonly Anchored[]> {
  const filter = { address, fromBlock: '0x0', toBlock: 'latest', topics: [ANCHORED] }
  const logs = (await rpc(url, 'eth_getLogs', [filter])) as {
    readonly topics: string[]
    readonly data: string
    readonly transactionHash: string
    readonly blockNumber: string
  }[]
  return logs.flatMap((log) => {
    const [root, , kind, count, manifest] = contract.parseLog(log)?.args ?? []
    if (Number(kind) !== BATCHES) return []
    const { transactionHash: transaction, blockNumber } = log
    const facts = { count: Number(count), manifest: String(manifest), transaction }
    return [{ root: String(root), ...facts, blockNumber: Number(blockNumber) }]
  })
}

/**
 * What is under each anchor, out of the manifests in the blockstore of a hospital that is not running.
 *
 * @returns by CID, every anchor that names it
 * @throws {Error} when a manifest is missing, or does not hold as many batches as its anchor says
 */
export async function anchorsByBatch(
  dataDir: string,
  anchors: readonly Anchored[],
): Promise<ReadonlyMap<string, readonly Anchored[]>> {
  const log = createLog('test', 'silent')
  const disk = new Disk({ path: join(dataDir, 'ipfs/blocks'), reserveBytes: 0 }, { log })
  await disk.open()
  const byBatch = new Map<string, Anchored[]>()
  try {
    const blocks = new DiskBlockstore(disk)
    for (const anchor of anchors) {
      const bytes = await blocks.getBlock(fromHex(anchor.manifest as Hex))
      if (bytes === undefined) throw new Error(`the manifest of ${anchor.root} is missing`)
      const { leaves } = decodeManifest(bytes)
      if (leaves.length !== anchor.count) throw new Error(`${leaves.length} batches, not ${anchor.count}`)
      for (const { digest } of leaves) {
        const cid = formatCid(cidOfDigest(digest))
        byBatch.set(cid, [...(byBatch.get(cid) ?? []), anchor])
      }
    }
  } finally {
    await disk.close()
  }
  return byBatch
}

/** In what a receipt's statement differs from the anchor on the chain, if it does. */
export function differenceOf(said: AnchorStatement | undefined, found: Anchored): string | undefined {
  if (said === undefined) return 'there is no receipt'
  const names = ['root', 'count', 'manifest', 'transaction', 'blockNumber'] as const
  const name = names.find((one) => said[one] !== found[one])
  return name === undefined ? undefined : `${name} is ${found[name]}, the receipt says ${said[name]}`
}
