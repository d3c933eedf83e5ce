import { decodeRlp } from 'ethers'
import type { SealedChain } from '../../../protocol/test/support/sealed-chain.ts'
import type { Node } from '../../src/prove/node.ts'

const FIELDS = [
  'parentHash',
  'sha3Uncles',
  'miner',
  'stateRoot',
  'transactionsRoot',
  'receiptsRoot',
  'logsBloom',
  'difficulty',
  'number',
  'gasLimit',
  'gasUsed',
  'timestamp',
  'extraData',
  'mixHash',
  'nonce',
  'baseFeePerGas',
]
const QUANTITIES = new Set(['difficulty', 'number', 'gasLimit', 'gasUsed', 'timestamp', 'baseFeePerGas'])

/** A node that gives the headers of a chain that a test sealed, and counts how often it was asked. */
export function headersOf(chain: SealedChain): Node & { readonly asked: number } {
  let asked = 0
  return {
    get asked() {
      return asked
    },
    async send(method, params) {
      asked++
      if (method === 'eth_blockNumber') return `0x${chain.head.number.toString(16)}`
      if (method === 'eth_getBlockByNumber') return blockJson(chain, Number(params[0]))
      throw new Error(`${method} is not answered here`)
    },
  }
}

function blockJson(chain: SealedChain, number: number): object {
  const { rlp, header } = chain.at(number)
  const fields = (decodeRlp(rlp) as string[]).map((value, index) => {
    const name = FIELDS[index] ?? ''
    return [
      name,
      QUANTITIES.has(name) ? `0x${BigInt(value === '0x' ? 0 : value).toString(16)}` : value,
    ] as const
  })
  return { ...Object.fromEntries(fields), hash: header.hash }
}
