import type { BatchDBOp, DB } from '@ethereumjs/util'
import { stateKey } from './keys.ts'
import type { LevelFile, Put } from './level.ts'
import { RecentBytes } from './recent.ts'

/** Trie nodes and contract code by the hex key that EthereumJS gives them. Nothing is ever overwritten or deleted. */
export interface NodeReader {
  get(key: string): Uint8Array | undefined
}

/** The nodes on disk, with those used last in memory. */
export class StoredNodes implements NodeReader {
  readonly #level: LevelFile
  readonly #recent: RecentBytes

  constructor({ level, cacheBytes }: { level: LevelFile; cacheBytes: number }) {
    this.#level = level
    this.#recent = new RecentBytes({ limitBytes: cacheBytes })
  }

  get(key: string): Uint8Array | undefined {
    const recent = this.#recent.get(key)
    if (recent !== undefined) return recent
    const stored = this.#level.get(stateKey(key))
    if (stored !== undefined) this.#recent.set(key, stored)
    return stored
  }

  /** Nodes that were just written: the next block will read most of them. */
  remember(nodes: ReadonlyMap<string, Uint8Array>): void {
    for (const [key, value] of nodes) this.#recent.set(key, value)
  }
}

/**
 * What the EthereumJS tries see of the disk. Their writes stay here until the whole block is written, so that
 * no half of a block's state can reach the disk, and reads of others never see it.
 */
export class NodeOverlay implements DB<string, string | Uint8Array> {
  readonly #stored: NodeReader
  readonly #written: Map<string, Uint8Array>

  constructor(stored: NodeReader, written = new Map<string, Uint8Array>()) {
    this.#stored = stored
    this.#written = written
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    return this.#written.get(key) ?? this.#stored.get(key)
  }

  async put(key: string, value: string | Uint8Array): Promise<void> {
    this.#written.set(key, asBytes(value))
  }

  /** Nodes are named by their content: an older state may still need one that the newest does not. */
  async del(_key: string): Promise<void> {}

  async batch(ops: BatchDBOp<string, string | Uint8Array>[]): Promise<void> {
    for (const op of ops) if (op.type === 'put') this.#written.set(op.key, asBytes(op.value))
  }

  /** Shares what was written: EthereumJS opens every storage trie on a copy. */
  shallowCopy(): NodeOverlay {
    return new NodeOverlay(this.#stored, this.#written)
  }

  async open(): Promise<void> {}

  get written(): ReadonlyMap<string, Uint8Array> {
    return this.#written
  }

  clear(): void {
    this.#written.clear()
  }
}

export function nodePuts(nodes: ReadonlyMap<string, Uint8Array>): Put[] {
  return Array.from(nodes, ([key, value]) => ({ key: stateKey(key), value }))
}

function asBytes(value: string | Uint8Array): Uint8Array {
  if (typeof value === 'string') throw new Error('the tries were not told to store bytes')
  return value
}
