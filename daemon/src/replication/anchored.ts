import { abi } from '@hygeia/contracts/anchor'
import { type Address, addressOf, type Hex32, parseHex32 } from '@hygeia/protocol/ids'
import { Interface } from 'ethers'
import type { ChainEngine } from '../chain/engine.ts'

/** Batches that a hospital anchored, as the chain tells it. */
export interface AnchoredBatches {
  readonly root: Hex32
  /** Operator account of who anchored. */
  readonly origin: Address
  readonly count: number
  /** SHA-256 digest in the manifest's CID. */
  readonly manifest: Hex32
  readonly transaction: Hex32
  readonly blockNumber: number
  readonly blockHash: Hex32
}

interface RawLog {
  readonly topics: readonly string[]
  readonly data: string
  readonly transactionHash: string
  readonly blockNumber: string
  readonly blockHash: string
}

const contract = new Interface(abi)
const ANCHORED = contract.getEvent('Anchored')?.topicHash ?? ''
const BATCHES = 0

/** Anchors of batches in the blocks `first` to `last`, in order. @param address - of the Anchor contract */
export async function anchoredBatches(
  engine: Pick<ChainEngine, 'request'>,
  address: Address,
  first: number,
  last: number,
): Promise<readonly AnchoredBatches[]> {
  const hex = (number: number) => `0x${number.toString(16)}`
  const filter = { address, fromBlock: hex(first), toBlock: hex(last), topics: [ANCHORED] }
  const logs = await engine.request({ method: 'eth_getLogs', params: [filter] })
  return (logs as readonly RawLog[]).flatMap((log) => {
    const event = contract.parseLog({ topics: [...log.topics], data: log.data })
    if (event === null || Number(event.args.kind) !== BATCHES) return []
    return [
      {
        root: parseHex32(String(event.args.root)),
        origin: addressOf(String(event.args.hospital)),
        count: Number(event.args.count),
        manifest: parseHex32(String(event.args.manifest)),
        transaction: parseHex32(log.transactionHash),
        blockNumber: Number(log.blockNumber),
        blockHash: parseHex32(log.blockHash),
      },
    ]
  })
}
