import { cliqueSigner, createBlockFromRLP } from '@ethereumjs/block'
import type { Blockchain } from '@ethereumjs/blockchain'
import { CliqueConsensus, createBlockchain } from '@ethereumjs/blockchain'
import {
  type CustomCrypto,
  createCommonFromGethGenesis,
  type GethGenesis,
  parseGethGenesisState,
} from '@ethereumjs/common'
import type { EVMOpts } from '@ethereumjs/evm'
import { hexToBytes } from '@ethereumjs/util'
import { createVM, runBlock, type VM } from '@ethereumjs/vm'

/**
 * A second node of stock EthereumJS parts: its own consensus, its own state, and unless told otherwise its own (slow) curve and hash. It believes
 * nothing but the bytes of a block, and refuses one whose seal, difficulty, base fee, roots or receipts are not its own.
 */
export class SecondOpinion {
  readonly #blockchain: Blockchain
  readonly #vm: VM

  private constructor(blockchain: Blockchain, vm: VM) {
    this.#blockchain = blockchain
    this.#vm = vm
  }

  /** @param customCrypto - to be quicker, where the curve is not what is doubted */
  static async of(genesis: object, customCrypto: CustomCrypto = {}): Promise<SecondOpinion> {
    const common = createCommonFromGethGenesis(genesis as GethGenesis, { hardfork: 'london', customCrypto })
    const genesisState = parseGethGenesisState(genesis as GethGenesis)
    const blockchain = await createBlockchain({
      common,
      genesisState,
      validateBlocks: true,
      validateConsensus: true,
      consensusDict: { clique: new CliqueConsensus() },
    })
    const vm = await createVM({ common, blockchain, evmOpts: { cliqueSigner: cliqueSigner as SignerOf } })
    await (vm.stateManager as unknown as GenesisMaker).generateCanonicalGenesis(genesisState)
    return new SecondOpinion(blockchain, vm)
  }

  get genesisHash(): string {
    return hex(this.#blockchain.genesisBlock.hash())
  }

  /** @returns the block's hash as this node computes it @throws when it would not accept the block */
  async accept(rawBlock: string): Promise<string> {
    const block = createBlockFromRLP(hexToBytes(rawBlock as `0x${string}`), { common: this.#vm.common })
    await this.#blockchain.putBlock(block)
    await runBlock(this.#vm, { block, root: await this.#vm.stateManager.getStateRoot() })
    return hex(block.hash())
  }
}

/** The EVM's own idea of a header is a narrower one. */
type SignerOf = NonNullable<EVMOpts['cliqueSigner']>

interface GenesisMaker {
  generateCanonicalGenesis(state: unknown): Promise<void>
}

function hex(bytes: Uint8Array): string {
  return `0x${Buffer.from(bytes).toString('hex')}`
}
