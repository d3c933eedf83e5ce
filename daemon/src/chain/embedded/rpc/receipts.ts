import { Bloom } from '@ethereumjs/vm'
import type { Header } from '../store/header.ts'
import type { StoredLog, StoredReceipt } from '../store/receipts.ts'
import type { RpcContext } from './context.ts'
import { data, quantity } from './hex.ts'
import { decodeTx, type IncludedTx, receiptOf } from './included.ts'

export function receiptJson(context: RpcContext, included: IncludedTx) {
  const { header, tx, index } = included
  const receipt = receiptOf(included)
  const { to } = decodeTx(context, tx.raw)
  return {
    type: quantity(receipt.type),
    status: quantity(receipt.isSuccess ? 1 : 0),
    cumulativeGasUsed: quantity(receipt.cumulativeGasUsed),
    logsBloom: data(bloomOf(context, receipt.logs)),
    logs: logsJson(included, receipt),
    transactionHash: data(tx.hash),
    contractAddress: receipt.created === undefined ? null : data(receipt.created),
    gasUsed: quantity(receipt.gasUsed),
    effectiveGasPrice: quantity(receipt.effectiveGasPrice),
    blockHash: data(header.hash),
    blockNumber: quantity(header.number),
    transactionIndex: quantity(index),
    from: data(receipt.from),
    to: to === undefined ? null : data(to.bytes),
  }
}

export type LogJson = ReturnType<typeof logJson>

export function logsJson({ header, tx, receipts, index }: IncludedTx, { logs }: StoredReceipt): LogJson[] {
  let first = 0
  for (const before of receipts.slice(0, index)) first += before.logs.length
  return logs.map((log, position) =>
    logJson(log, { header, txHash: tx.hash, index, logIndex: first + position }),
  )
}

export function logJson(
  log: StoredLog,
  {
    header,
    txHash,
    index,
    logIndex,
  }: { header: Header; txHash: Uint8Array; index: number; logIndex: number },
) {
  return {
    address: data(log.address),
    topics: log.topics.map(data),
    data: data(log.data),
    blockNumber: quantity(header.number),
    blockHash: data(header.hash),
    transactionHash: data(txHash),
    transactionIndex: quantity(index),
    logIndex: quantity(logIndex),
    removed: false,
  }
}

function bloomOf({ spec }: RpcContext, logs: readonly StoredLog[]): Uint8Array {
  const bloom = new Bloom(undefined, spec.execution)
  for (const { address, topics } of logs) {
    bloom.add(address)
    for (const topic of topics) bloom.add(topic)
  }
  return bloom.bitvector
}
