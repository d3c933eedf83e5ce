import { abi } from '@hygeia/contracts/anchor'
import type { Address, Hex, Hex32 } from '@hygeia/protocol/ids'
import { Interface, zeroPadValue } from 'ethers'
import type { ChainEngine } from '../chain/engine.ts'

/** What is anchored: batches, or lines of an audit log. */
export const ANCHOR_KIND = { batches: 0, audit: 1 } as const
export type AnchorKind = (typeof ANCHOR_KIND)[keyof typeof ANCHOR_KIND]

/** Two cold slots of three that are read, the call to the Directory and the event, with half as much again to spare. */
export const ANCHOR_GAS = 160_000

const contract = new Interface(abi)
const ANCHORED = contract.getEvent('Anchored')?.topicHash ?? ''

export interface AnchorCall {
  readonly kind: AnchorKind
  readonly root: Hex32
  readonly count: number
  /** SHA-256 digest in the manifest's CID. */
  readonly manifest: Hex32
}

export function encodeAnchorCall({ kind, root, count, manifest }: AnchorCall): Hex {
  return contract.encodeFunctionData('anchor', [kind, root, count, manifest]) as Hex
}

/** One hospital's record of a root. */
export interface RecordName {
  readonly kind: AnchorKind
  readonly root: Hex32
  /** Operator account of the hospital. */
  readonly hospital: Address
}

/**
 * Where a hospital recorded a root, however often it sent it; undefined when it did not.
 *
 * @param address - of the Anchor contract
 */
export async function placeOf(
  engine: Pick<ChainEngine, 'request'>,
  address: Address,
  { kind, root, hospital }: RecordName,
): Promise<
  { readonly transaction: Hex32; readonly blockNumber: number; readonly blockHash: Hex32 } | undefined
> {
  const data = contract.encodeFunctionData('anchorBy', [kind, root, hospital])
  const result = String(
    await engine.request({ method: 'eth_call', params: [{ to: address, data }, 'latest'] }),
  )
  const blockNumber = Number(contract.decodeFunctionResult('anchorBy', result)[0])
  if (blockNumber === 0) return undefined
  const block = `0x${blockNumber.toString(16)}`
  const filter = {
    address,
    fromBlock: block,
    toBlock: block,
    topics: [ANCHORED, root, zeroPadValue(hospital, 32)],
  }
  const logs = (await engine.request({ method: 'eth_getLogs', params: [filter] })) as {
    readonly transactionHash: Hex32
    readonly blockHash: Hex32
    readonly data: string
    readonly topics: string[]
  }[]
  const log = logs.find((candidate) => Number(contract.parseLog(candidate)?.args[2]) === kind)
  if (log === undefined) throw new Error('an anchor without its event')
  return { transaction: log.transactionHash, blockNumber, blockHash: log.blockHash }
}
