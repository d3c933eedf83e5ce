import { createMPTFromProof } from '@ethereumjs/mpt'
import { RLP } from '@ethereumjs/rlp'
import { CodedError } from '@hygeia/protocol/errors'
import { type Address, fromHex, type Hex32, parseHex32, toHex } from '@hygeia/protocol/ids'
import { keccak256 } from '@hygeia/protocol/keccak'
import type { StorageReader } from './storage.ts'

export type StateFault =
  /** The nodes do not lead from the state root to what is asked, so that nothing is known of it. */
  | { readonly code: 'PROOF_MISSING'; readonly account: Address; readonly slot?: Hex32 }
  /** There is no such account in the state. */
  | { readonly code: 'ACCOUNT_MISSING'; readonly account: Address }

export class StateError extends CodedError<StateFault> {}

type Trie = Awaited<ReturnType<typeof createMPTFromProof>>

interface Account {
  readonly codeHash: Hex32
  readonly storage: () => Promise<Trie>
}

/**
 * The state of a chain after one block, as far as given trie nodes show it. What they do not show is an error, never zero.
 *
 * @see yellow paper, appendix D; EIP-1186
 */
export class ProvenState implements StorageReader {
  readonly #root: Hex32
  readonly #nodes: ReadonlyMap<string, Uint8Array>
  readonly #accounts = new Map<Address, Promise<Account>>()

  constructor(root: Hex32, nodes: readonly Uint8Array[]) {
    this.#root = root
    this.#nodes = new Map(nodes.map((node) => [toHex(keccak256(node)), node]))
  }

  async codeHash(address: Address): Promise<Hex32> {
    return (await this.#account(address)).codeHash
  }

  async word(address: Address, slot: Hex32): Promise<bigint> {
    const trie = await (await this.#account(address)).storage()
    const held = await this.#read(trie, fromHex(slot), { code: 'PROOF_MISSING', account: address, slot })
    if (held === null) return 0n
    const value = RLP.decode(held)
    if (!(value instanceof Uint8Array) || value.length > 32) throw missing({ account: address, slot })
    return value.length === 0 ? 0n : BigInt(toHex(value))
  }

  #account(address: Address): Promise<Account> {
    const known = this.#accounts.get(address) ?? this.#open(address)
    this.#accounts.set(address, known)
    return known
  }

  async #open(address: Address): Promise<Account> {
    const fault = { code: 'PROOF_MISSING', account: address } as const
    const accounts = await this.#trie(this.#root, fault)
    const held = await this.#read(accounts, fromHex(address), fault)
    if (held === null) {
      throw new StateError(`there is nothing at ${address}`, { code: 'ACCOUNT_MISSING', account: address })
    }
    // nonce, balance, storage root, code hash
    const fields = RLP.decode(held)
    const [, , root, code] = Array.isArray(fields) ? fields : []
    if (!(root instanceof Uint8Array) || !(code instanceof Uint8Array)) throw missing({ account: address })
    let storage: Promise<Trie> | undefined
    return {
      codeHash: parseHex32(toHex(code)),
      storage: () => {
        storage ??= this.#trie(parseHex32(toHex(root)), fault)
        return storage
      },
    }
  }

  async #trie(root: Hex32, { account }: { account: Address }): Promise<Trie> {
    const first = this.#nodes.get(root)
    if (first === undefined) throw missing({ account })
    const rest = [...this.#nodes.values()].filter((node) => node !== first)
    return createMPTFromProof([first, ...rest], { root: fromHex(root), useKeyHashing: true })
  }

  async #read(trie: Trie, key: Uint8Array, fault: StateFault): Promise<Uint8Array | null> {
    try {
      return await trie.get(key, true)
    } catch (cause) {
      throw new StateError('the file does not hold the proof of it', fault, { cause })
    }
  }
}

function missing(facts: { readonly account: Address; readonly slot?: Hex32 }): StateError {
  return new StateError('the file does not hold the proof of it', { code: 'PROOF_MISSING', ...facts })
}
