import type { Common } from '@ethereumjs/common'
import type { EVMMockBlockchainInterface } from '@ethereumjs/evm'
import { createMPT } from '@ethereumjs/mpt'
import { Caches, CacheType, MerkleStateManager } from '@ethereumjs/statemanager'
import { ValueEncoding } from '@ethereumjs/util'
import { createVM, type VM } from '@ethereumjs/vm'
import { NodeOverlay, type NodeReader } from '../store/nodes.ts'
import { reachable } from './reachable.ts'

/**
 * State at one root and the machine that changes it. Changes stay in memory until `takeNodes` hands out what a block
 * adds; a `World` whose block failed is thrown away.
 */
export class World {
  readonly state: MerkleStateManager
  readonly vm: VM
  readonly #overlay: NodeOverlay

  private constructor(state: MerkleStateManager, vm: VM, overlay: NodeOverlay) {
    this.state = state
    this.vm = vm
    this.#overlay = overlay
  }

  static async empty(common: Common): Promise<World> {
    return World.#open(undefined, { common, nodes: { get: () => undefined }, blockchain: undefined })
  }

  /** @throws {Error} when the nodes do not hold `root` */
  static async at(root: Uint8Array, deps: WorldDeps): Promise<World> {
    return World.#open(root, deps)
  }

  static async #open(root: Uint8Array | undefined, deps: WorldDeps): Promise<World> {
    // An EVM listens to its Common for ever: on a shared one it would never be freed.
    const common = deps.common.copy()
    const overlay = new NodeOverlay(deps.nodes)
    const state = new MerkleStateManager({
      common,
      trie: await createMPT({ db: overlay, useKeyHashing: true, common, valueEncoding: ValueEncoding.Bytes }),
      prefixStorageTrieKeys: true,
      // Without all three the tries are written through, past the checkpoints. A block must fit: an entry
      // that is pushed out before the flush would be lost, and 4.7 M gas touch at most some 2,000 accounts.
      caches: new Caches({
        account: { type: CacheType.LRU, size: 50_000 },
        storage: { type: CacheType.LRU, size: 20_000 },
        code: { type: CacheType.LRU, size: 2_000 },
      }),
    })
    if (root !== undefined) await state.setStateRoot(root)
    const { blockchain } = deps
    const vm = await createVM({ common, stateManager: state, ...(blockchain && { blockchain }) })
    return new World(state, vm, overlay)
  }

  /** The nodes that the state under `root` adds to what is stored. Everything else written so far is forgotten. */
  takeNodes(root: Uint8Array): Map<string, Uint8Array> {
    const nodes = reachable(root, this.#overlay.written)
    this.#overlay.clear()
    return nodes
  }
}

export interface WorldDeps {
  readonly common: Common
  readonly nodes: NodeReader
  /** Answers BLOCKHASH. */
  readonly blockchain: EVMMockBlockchainInterface | undefined
}
