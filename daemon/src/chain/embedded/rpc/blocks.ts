import type { Header } from '../store/header.ts'
import { findHeader, type Methods, type RpcContext } from './context.ts'
import { data, quantity } from './hex.ts'
import { blockNameAt, hashAt, type Params } from './params.ts'
import { receiptJson } from './receipts.ts'
import { storedTxJson } from './transactions.ts'

export function blockMethods(context: RpcContext): Methods {
  const { store } = context
  const find = (params: Params) => findHeader(context, blockNameAt(params, 0))
  const findByHash = (params: Params) => findHeader(context, { hash: hashAt(params, 0) })
  const count = (header: Header | undefined) =>
    header === undefined ? null : quantity(store.txs(header.number).length)
  return {
    eth_blockNumber: () => quantity(store.head.number),
    eth_getBlockByNumber: (params) => blockJson(context, find(params), params[1] === true),
    eth_getBlockByHash: (params) => blockJson(context, findByHash(params), params[1] === true),
    eth_getBlockTransactionCountByNumber: (params) => count(find(params)),
    eth_getBlockTransactionCountByHash: (params) => count(findByHash(params)),
    eth_getUncleCountByBlockNumber: (params) => (find(params) === undefined ? null : quantity(0)),
    eth_getUncleCountByBlockHash: (params) => (findByHash(params) === undefined ? null : quantity(0)),
    eth_getBlockReceipts(params) {
      const header = find(params)
      if (header === undefined) return null
      const receipts = store.receipts(header.number)
      return store
        .txs(header.number)
        .map((tx, index) => receiptJson(context, { header, tx, receipts, index }))
    },
  }
}

function blockJson(context: RpcContext, header: Header | undefined, isFull: boolean): unknown {
  if (header === undefined) return null
  const { store } = context
  const txs = store.txs(header.number)
  const receipts = isFull ? store.receipts(header.number) : []
  const raw = store.rawBlock(header.number)
  return {
    ...headerJson(header),
    size: quantity(raw?.length ?? 0),
    // In turn at every height, and the genesis counts its own difficulty.
    totalDifficulty: quantity(header.difficulty * BigInt(header.number) + genesisDifficulty(context)),
    transactions: isFull
      ? txs.map((tx, index) => storedTxJson(context, { header, tx, receipts, index }))
      : txs.map(({ hash }) => data(hash)),
    uncles: [],
  }
}

function genesisDifficulty({ store }: RpcContext): bigint {
  return store.header(0)?.difficulty ?? 0n
}

function headerJson(header: Header) {
  return {
    number: quantity(header.number),
    hash: data(header.hash),
    parentHash: data(header.parentHash),
    sha3Uncles: data(header.uncleHash),
    miner: data(header.coinbase),
    stateRoot: data(header.stateRoot),
    transactionsRoot: data(header.transactionsRoot),
    receiptsRoot: data(header.receiptsRoot),
    logsBloom: data(header.logsBloom),
    difficulty: quantity(header.difficulty),
    gasLimit: quantity(header.gasLimit),
    gasUsed: quantity(header.gasUsed),
    timestamp: quantity(header.timestamp),
    extraData: data(header.extraData),
    mixHash: data(header.mixHash),
    nonce: data(header.nonce),
    baseFeePerGas: quantity(header.baseFeePerGas),
  }
}
