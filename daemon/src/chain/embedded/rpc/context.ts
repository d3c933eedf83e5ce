import { RpcError } from '../../errors.ts'
import { code, refuse } from '../../json-rpc/fault.ts'
import type { ChainCrypto } from '../crypto.ts'
import type { ChainSpec } from '../genesis.ts'
import type { TxPool } from '../pool/pool.ts'
import type { StateView } from '../state/view.ts'
import type { StateViews } from '../state/views.ts'
import type { ChainStore } from '../store/chain.ts'
import type { Header } from '../store/header.ts'
import { type BlockName, blockNameAt, type Params } from './params.ts'

/** What the JSON-RPC methods work on. */
export interface RpcContext {
  readonly spec: ChainSpec
  readonly store: ChainStore
  readonly pool: TxPool
  readonly views: StateViews
  readonly crypto: ChainCrypto
}

export type Method = (params: Params) => unknown
export type Methods = Readonly<Record<string, Method>>

/** A single signer's head is final, and nothing is half sealed: all tags but `earliest` mean the head. */
export function findHeader(context: RpcContext, name: BlockName): Header | undefined {
  const { store } = context
  if ('tag' in name) return name.tag === 'earliest' ? store.header(0) : store.head
  if ('number' in name) {
    if (name.number === store.head.number) return store.head
    return name.number > store.head.number ? undefined : store.header(name.number)
  }
  const number = store.numberOf(name.hash)
  return number === undefined ? undefined : store.header(number)
}

/** @throws {RpcError} as geth does for a block that it does not have */
export function headerAt(context: RpcContext, params: Params, index: number): Header {
  const header = findHeader(context, blockNameAt(params, index))
  if (header === undefined) throw refuse('header not found')
  return header
}

export async function viewAt(context: RpcContext, params: Params, index: number): Promise<StateView> {
  return context.views.at(headerAt(context, params, index))
}

export function tooMuch(message: string): RpcError {
  return new RpcError(message, { code: code.limit })
}
