import { createBlock } from '@ethereumjs/block'
import type { Common } from '@ethereumjs/common'
import { createEVM, type EVM } from '@ethereumjs/evm'
import { createMPT, type MerklePatriciaTrie } from '@ethereumjs/mpt'
import { Caches, MerkleStateManager } from '@ethereumjs/statemanager'
import { type Account, Address, Lock, ValueEncoding } from '@ethereumjs/util'
import type { ChainCrypto } from '../crypto.ts'
import { sealerOf } from '../sealer/clique.ts'
import type { ChainStore } from '../store/chain.ts'
import type { Header } from '../store/header.ts'
import { NodeOverlay } from '../store/nodes.ts'
import { blockHashes } from './block-hashes.ts'

type ExecBlock = ReturnType<typeof createBlock>

/** The state after one block, for reading and for trying calls out. Nothing done here reaches the chain. */
export class StateView {
  readonly header: Header
  readonly evm: EVM
  /** What the EVM sees as the block around a call. */
  readonly block: ExecBlock
  readonly state: MerkleStateManager
  readonly #trie: MerklePatriciaTrie
  /** A call changes the caches and takes the changes back: one at a time. */
  readonly #lock = new Lock()

  private constructor(parts: {
    header: Header
    evm: EVM
    block: ExecBlock
    state: MerkleStateManager
    trie: MerklePatriciaTrie
  }) {
    this.header = parts.header
    this.evm = parts.evm
    this.block = parts.block
    this.state = parts.state
    this.#trie = parts.trie
  }

  static async open(
    header: Header,
    { store, common: shared, crypto }: { store: ChainStore; common: Common; crypto: ChainCrypto },
  ): Promise<StateView> {
    // An EVM listens to its Common for ever: on a shared one it would never be freed.
    const common = shared.copy()
    const trie = await createMPT({
      db: new NodeOverlay(store.nodes),
      useKeyHashing: true,
      common,
      valueEncoding: ValueEncoding.Bytes,
    })
    const state = new MerkleStateManager({ common, trie, prefixStorageTrieKeys: true, caches: new Caches() })
    await state.setStateRoot(header.stateRoot)
    const block = createBlock(
      {
        header: {
          number: header.number,
          timestamp: header.timestamp,
          gasLimit: header.gasLimit,
          baseFeePerGas: header.baseFeePerGas,
          difficulty: header.difficulty,
          coinbase: new Address(sealerOf(header, crypto)),
        },
      },
      { common },
    )
    const evm = await createEVM({ common, stateManager: state, blockchain: blockHashes(store) })
    return new StateView({ header, evm, block, state, trie })
  }

  /** Run `read` while nothing else uses this view, and undo whatever it changed. */
  async aside<T>(read: (view: StateView) => Promise<T>): Promise<T> {
    await this.#lock.acquire()
    try {
      await this.evm.journal.checkpoint()
      try {
        return await read(this)
      } finally {
        await this.evm.journal.revert()
        this.evm.journal.cleanJournal()
        this.state.originalStorageCache.clear()
      }
    } finally {
      this.#lock.release()
    }
  }

  /** @param address - 20 bytes */
  async account(address: Uint8Array): Promise<Account | undefined> {
    return this.aside(() => this.state.getAccount(new Address(address)))
  }

  /** The trie of all accounts, and of one account's storage, for proofs. */
  tries(): {
    accounts: MerklePatriciaTrie
    storageOf: (address: Uint8Array, account: Account) => Promise<MerklePatriciaTrie>
  } {
    const accounts = this.#trie
    return {
      accounts,
      storageOf: async (address, account) => {
        const keyPrefix = this.state.getAppliedKey(address).slice(0, 7)
        const storage = accounts.shallowCopy(false, { keyPrefix })
        storage.root(account.storageRoot)
        return storage
      },
    }
  }
}
