import { type Address, fromHex, type Hex32, toHex } from '@hygeia/protocol/ids'
import { z } from 'zod'
import { hex, hex32 } from '../schema.ts'
import type { StorageReader } from '../verify/offline/storage.ts'
import { ProveError } from './errors.ts'

/** A node of the chain, as far as it is asked here: an ethers provider is one. */
export interface Node {
  send(method: string, params: unknown[]): Promise<unknown>
}

const nodes = z.array(hex).max(64)
const Proof = z.looseObject({
  codeHash: hex32,
  accountProof: nodes,
  storageProof: z.array(z.looseObject({ value: z.string(), proof: nodes })),
})

/** Ask a node, and take its answer apart. @throws {ProveError} `NODE_ANSWER` */
export async function ask<S extends z.ZodType>(
  node: Node,
  method: string,
  params: unknown[],
  schema: S,
): Promise<z.output<S>> {
  const answer = schema.safeParse(await node.send(method, params))
  if (answer.success) return answer.data
  const message = `the node does not answer ${method} as it should: choose another with --rpc`
  throw new ProveError(message, { code: 'NODE_ANSWER', method }, { cause: answer.error })
}

/** The state after one block as a node proves it, keeping the proofs. @see EIP-1186 */
export class NodeState implements StorageReader {
  readonly #node: Node
  readonly #block: string
  readonly #nodes = new Set<string>()

  /** @param block - its number; the node must still have that state */
  constructor(node: Node, block: number) {
    this.#node = node
    this.#block = `0x${block.toString(16)}`
  }

  async codeHash(address: Address): Promise<Hex32> {
    return (await this.#prove(address, [])).codeHash
  }

  async word(address: Address, slot: Hex32): Promise<bigint> {
    const { storageProof } = await this.#prove(address, [slot])
    return BigInt(storageProof[0]?.value ?? 0)
  }

  /** @returns runtime code */
  async code(address: Address): Promise<Uint8Array> {
    return fromHex(await ask(this.#node, 'eth_getCode', [address, this.#block], hex))
  }

  /** Trie nodes of everything that was read, ascending. */
  get nodes(): readonly Uint8Array[] {
    return [...this.#nodes].sort().map(fromHex)
  }

  async #prove(address: Address, slots: readonly Hex32[]): Promise<z.infer<typeof Proof>> {
    const proof = await ask(this.#node, 'eth_getProof', [address, slots, this.#block], Proof)
    for (const node of [proof.accountProof, ...proof.storageProof.map((slot) => slot.proof)].flat()) {
      this.#nodes.add(toHex(fromHex(node)))
    }
    return proof
  }
}
