import type { Receipt } from '@hygeia/protocol/receipt/receipt'
import { anchoredOnChain, differenceOf } from './anchors.ts'
import { rpc } from './chain-watch.ts'

/**
 * What a node's chain has otherwise than receipts say; empty when all of them are true.
 *
 * @param url - JSON-RPC of the node
 * @param contract - the Anchor contract
 */
export async function falseReceipts(
  url: string,
  contract: string,
  receipts: readonly Receipt[],
): Promise<readonly string[]> {
  const byRoot = new Map((await anchoredOnChain(url, contract)).map((anchor) => [anchor.root, anchor]))
  const hashes = new Map<number, Promise<string | undefined>>()
  const faults: string[] = []
  for (const { anchor: said } of receipts) {
    const { root, blockNumber } = said
    const found = byRoot.get(root)
    const fault = found === undefined ? 'not on the chain' : differenceOf(said, found)
    const hash = hashes.get(blockNumber) ?? blockHashAt(url, blockNumber)
    hashes.set(blockNumber, hash)
    if (fault !== undefined) faults.push(`${root}: ${fault}`)
    else if ((await hash) !== said.blockHash) faults.push(`${root}: block ${blockNumber} is another one`)
  }
  return faults
}

/** Hash of the block at a height; undefined above the head. */
export async function blockHashAt(url: string, number: number): Promise<string | undefined> {
  const block = await rpc(url, 'eth_getBlockByNumber', [`0x${number.toString(16)}`, false])
  return (block as { readonly hash: string } | null)?.hash
}
