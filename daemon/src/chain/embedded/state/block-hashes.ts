import type { EVMMockBlockchainInterface } from '@ethereumjs/evm'
import type { ChainStore } from '../store/chain.ts'

/** The one thing that the EVM asks of a chain: the hash of one of the last 256 blocks. */
export function blockHashes(store: ChainStore): EVMMockBlockchainInterface {
  const source: EVMMockBlockchainInterface = {
    async getBlock(number) {
      const header = store.header(Number(number))
      if (header === undefined) throw new Error(`no block ${number}`)
      return { hash: () => header.hash }
    },
    async putBlock() {
      throw new Error('blocks are written by the sealer only')
    },
    shallowCopy: () => source,
  }
  return source
}
