import type { TypedTransaction } from '@ethereumjs/tx'
import { badParam } from '../../json-rpc/fault.ts'
import type { Header } from '../store/header.ts'
import { findHeader, type Methods, type RpcContext } from './context.ts'
import { data, quantity } from './hex.ts'
import { decodeTx, type IncludedTx, includedTx, receiptOf } from './included.ts'
import { blockNameAt, bytesAt, hashAt, type Params, toQuantity } from './params.ts'
import { receiptJson } from './receipts.ts'

export function transactionMethods(context: RpcContext): Methods {
  const { store, pool } = context
  const atIndex = (header: Header | undefined, params: Params) => {
    const index = Number(toQuantity(params[1], 1))
    const tx = header === undefined ? undefined : store.txs(header.number)[index]
    if (header === undefined || tx === undefined) return null
    return storedTxJson(context, { header, tx, receipts: store.receipts(header.number), index })
  }
  return {
    async eth_sendRawTransaction(params) {
      const raw = bytesAt(params, 0)
      if (raw.length === 0) throw badParam(0, 'empty transaction')
      return pool.add(raw)
    },
    eth_getTransactionByHash(params) {
      const hash = hashAt(params, 0)
      const included = includedTx(context, hash)
      if (included !== undefined) return storedTxJson(context, included)
      const waiting = pool.get(data(hash))
      return waiting === undefined ? null : txJson(waiting.tx, waiting.sender)
    },
    eth_getTransactionByBlockNumberAndIndex: (params) =>
      atIndex(findHeader(context, blockNameAt(params, 0)), params),
    eth_getTransactionByBlockHashAndIndex: (params) =>
      atIndex(findHeader(context, { hash: hashAt(params, 0) }), params),
    eth_getTransactionReceipt(params) {
      const included = includedTx(context, hashAt(params, 0))
      return included === undefined ? null : receiptJson(context, included)
    },
    txpool_status: () => ({ pending: quantity(pool.size), queued: quantity(0) }),
  }
}

export function storedTxJson(context: RpcContext, included: IncludedTx) {
  const { header, tx, index } = included
  const receipt = receiptOf(included)
  return {
    ...txJson(decodeTx(context, tx.raw), data(receipt.from)),
    gasPrice: quantity(receipt.effectiveGasPrice),
    blockHash: data(header.hash),
    blockNumber: quantity(header.number),
    transactionIndex: quantity(index),
  }
}

/** As geth shows one that is in no block yet. */
function txJson(tx: TypedTransaction, from: string) {
  const isFeeMarket = 'maxFeePerGas' in tx
  return {
    type: quantity(tx.type),
    hash: data(tx.hash()),
    from,
    to: tx.to === undefined ? null : tx.to.toString(),
    nonce: quantity(tx.nonce),
    gas: quantity(tx.gasLimit),
    value: quantity(tx.value),
    input: data(tx.data),
    gasPrice: quantity(isFeeMarket ? tx.maxFeePerGas : tx.gasPrice),
    ...(isFeeMarket && {
      maxFeePerGas: quantity(tx.maxFeePerGas),
      maxPriorityFeePerGas: quantity(tx.maxPriorityFeePerGas),
    }),
    ...('accessList' in tx && {
      accessList: tx.accessList.map(([address, slots]) => ({
        address: data(address),
        storageKeys: slots.map(data),
      })),
      yParity: quantity(tx.v ?? 0n),
    }),
    chainId: quantity(tx.common.chainId()),
    v: quantity(tx.v ?? 0n),
    r: quantity(tx.r ?? 0n),
    s: quantity(tx.s ?? 0n),
    blockHash: null,
    blockNumber: null,
    transactionIndex: null,
  }
}
