import type { MerklePatriciaTrie } from '@ethereumjs/mpt'
import { createMerkleProof } from '@ethereumjs/mpt'
import { RLP } from '@ethereumjs/rlp'
import { Account, Address } from '@ethereumjs/util'
import { badParam } from '../../json-rpc/fault.ts'
import { bigEndian } from '../store/header.ts'
import { type Methods, type RpcContext, viewAt } from './context.ts'
import { data, quantity } from './hex.ts'
import { addressAt, type Params, toSlot } from './params.ts'

/** geth's limit on the slots of one proof. */
const MAX_SLOTS = 1_024
/** A node that is shorter lies inside its parent and is no proof element of its own. */
const MIN_HASHED_NODE_BYTES = 32

export function accountMethods(context: RpcContext): Methods {
  const { pool } = context
  const accountAt = async (params: Params) => (await viewAt(context, params, 1)).account(addressAt(params, 0))
  return {
    eth_getBalance: async (params) => quantity((await accountAt(params))?.balance ?? 0n),
    async eth_getTransactionCount(params) {
      const nonce = (await accountAt(params))?.nonce ?? 0n
      const isPending = params[1] === 'pending'
      return quantity(isPending ? pool.nextNonce(data(addressAt(params, 0)), nonce) : nonce)
    },
    async eth_getCode(params) {
      const view = await viewAt(context, params, 1)
      return data(await view.aside(() => view.state.getCode(new Address(addressAt(params, 0)))))
    },
    async eth_getStorageAt(params) {
      const view = await viewAt(context, params, 2)
      const slot = toSlot(params[1], 1)
      const value = await view.aside(() => view.state.getStorage(new Address(addressAt(params, 0)), slot))
      return `0x${Buffer.from(value).toString('hex').padStart(64, '0')}`
    },
    eth_getProof: (params) => proof(context, params),
  }
}

/** @see EIP-1186 */
async function proof(context: RpcContext, params: Params) {
  const address = addressAt(params, 0)
  const slots = params[1]
  if (!Array.isArray(slots)) throw badParam(1, 'not a list of storage slots')
  if (slots.length > MAX_SLOTS) throw badParam(1, `too many keys (max ${MAX_SLOTS})`)
  const view = await viewAt(context, params, 2)
  const held = await view.account(address)
  const account = held ?? new Account()
  const { accounts, storageOf } = view.tries()
  const storage = await storageOf(address, account)
  return {
    address: data(address),
    accountProof: await nodesTo(accounts, address),
    balance: quantity(account.balance),
    codeHash: data(account.codeHash),
    nonce: quantity(account.nonce),
    storageHash: data(account.storageRoot),
    storageProof: await Promise.all(
      slots.map(async (slot: unknown) => {
        const key = toSlot(slot, 1)
        const value = await storage.get(key)
        const bytes = value === null ? undefined : RLP.decode(value)
        return {
          key: slot,
          value: quantity(bytes instanceof Uint8Array ? bigEndian(bytes) : 0n),
          proof: await nodesTo(storage, key),
        }
      }),
    ),
  }
}

async function nodesTo(trie: MerklePatriciaTrie, key: Uint8Array): Promise<string[]> {
  const nodes = await createMerkleProof(trie, key)
  return nodes.filter((node, depth) => depth === 0 || node.length >= MIN_HASHED_NODE_BYTES).map(data)
}
