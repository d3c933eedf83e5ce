import { createTxFromRLP, type TypedTransaction } from '@ethereumjs/tx'
import type { StoredTx } from '../store/chain.ts'
import type { Header } from '../store/header.ts'
import type { StoredReceipt } from '../store/receipts.ts'
import type { RpcContext } from './context.ts'

/** A transaction where it was included. */
export interface IncludedTx {
  readonly header: Header
  readonly tx: StoredTx
  /** Of the whole block. */
  readonly receipts: readonly StoredReceipt[]
  readonly index: number
}

export function includedTx({ store }: RpcContext, hash: Uint8Array): IncludedTx | undefined {
  const place = store.placeOf(hash)
  if (place === undefined) return undefined
  const header = store.header(place.number)
  const tx = store.txs(place.number)[place.index]
  if (header === undefined || tx === undefined) throw new Error('the transaction index is damaged')
  return { header, tx, receipts: store.receipts(place.number), index: place.index }
}

export function receiptOf({ receipts, index }: IncludedTx): StoredReceipt {
  const receipt = receipts[index]
  if (receipt === undefined) throw new Error('stored receipts are damaged')
  return receipt
}

export function decodeTx({ spec }: RpcContext, raw: Uint8Array): TypedTransaction {
  return createTxFromRLP(raw, { common: spec.execution })
}
