import { badParam, refuse } from '../../json-rpc/fault.ts'
import { isObject } from '../../json-rpc/is-object.ts'
import type { Header } from '../store/header.ts'
import { logAddressPrefix, logTopicPrefix } from '../store/keys.ts'
import { indexedBlocks } from '../store/log-index.ts'
import type { StoredLog } from '../store/receipts.ts'
import { Breath } from './breath.ts'
import { findHeader, type Methods, type RpcContext, tooMuch } from './context.ts'
import { toBlockName, toBytes } from './params.ts'
import { type LogJson, logJson } from './receipts.ts'

const MAX_LOGS = 10_000
/** Blocks that one query may open. */
const MAX_BLOCKS = 20_000
const MAX_CHOICES = 1_000
const MAX_TOPICS = 4

export interface LogFilter {
  /** Any of these; every address when empty. */
  readonly addresses: readonly Uint8Array[]
  /** By position: any of these, anything when empty. */
  readonly topics: readonly (readonly Uint8Array[])[]
  readonly from: number
  readonly to: number
}

export function logMethods(context: RpcContext): Methods {
  return { eth_getLogs: (params) => findLogs(context, readFilter(context, params[0])) }
}

/** @throws {RpcError} -32602 for a malformed filter, -32000 for a block that does not exist */
export function readFilter(context: RpcContext, value: unknown): LogFilter {
  if (!isObject(value)) throw badParam(0, 'not a filter object')
  const { address, topics = [], fromBlock, toBlock, blockHash } = value
  if (!Array.isArray(topics) || topics.length > MAX_TOPICS) throw badParam(0, 'at most four topics')
  const parts = {
    addresses: choices(address, 20),
    topics: topics.map((topic: unknown) => choices(topic, 32)),
  }
  if (blockHash !== undefined) {
    if (fromBlock !== undefined || toBlock !== undefined) {
      throw badParam(0, 'cannot specify both BlockHash and FromBlock/ToBlock, choose one or the other')
    }
    const header = findHeader(context, { hash: toBytes(blockHash, 0, 32) })
    if (header === undefined) throw refuse('unknown block')
    return { ...parts, from: header.number, to: header.number }
  }
  const from = bound(context, fromBlock)
  const to = Math.min(bound(context, toBlock), context.store.head.number)
  if (from > bound(context, toBlock)) throw badParam(0, 'invalid block range params')
  return { ...parts, from, to }
}

/**
 * Every matching log in order.
 *
 * @throws {RpcError} -32005 when the answer or the search would be too large
 */
export async function findLogs(context: RpcContext, filter: LogFilter): Promise<LogJson[]> {
  const { store } = context
  const found: LogJson[] = []
  const breath = new Breath()
  for (const number of await candidates(context, filter)) {
    await breath.take()
    const header = store.header(number)
    if (header === undefined) throw new Error('the log index is damaged')
    for (const log of logsIn(context, header)) {
      if (matches(log.log, filter)) found.push(logJson(log.log, { ...log, header }))
      if (found.length > MAX_LOGS) throw tooMuch(`query returned more than ${MAX_LOGS} results`)
    }
  }
  return found
}

function* logsIn({ store }: RpcContext, header: Header) {
  const txs = store.txs(header.number)
  let logIndex = 0
  for (const [index, { logs }] of store.receipts(header.number).entries()) {
    const txHash = txs[index]?.hash
    if (txHash === undefined) throw new Error('stored receipts are damaged')
    for (const log of logs) yield { log, txHash, index, logIndex: logIndex++ }
  }
}

/**
 * Numbers of the blocks worth opening. The last named topic is the choosiest (an event's subject rather than its
 * kind), then the kind, then the address; without any of them every block of the range is opened.
 */
async function candidates({ store }: RpcContext, filter: LogFilter): Promise<number[]> {
  const { addresses, topics, from, to } = filter
  const position = topics.findLastIndex((choice) => choice.length > 0)
  const prefixes =
    position >= 0
      ? (topics[position] ?? []).map((topic) => logTopicPrefix(position, topic))
      : addresses.map(logAddressPrefix)
  if (prefixes.length === 0) {
    if (to - from >= MAX_BLOCKS)
      throw tooMuch(`block range exceeds ${MAX_BLOCKS} blocks without address or topic`)
    return Array.from({ length: Math.max(to - from + 1, 0) }, (_, index) => from + index)
  }
  return indexedBlocks(store.level, prefixes, { from, to, limit: MAX_BLOCKS }).catch((cause: unknown) => {
    if (cause instanceof RangeError)
      throw tooMuch(`query covers more than ${MAX_BLOCKS} blocks with such logs`)
    throw cause
  })
}

/** Whether `log` is one that a filter asks for. A topic that is asked for must be there. */
function matches(log: StoredLog, { addresses, topics }: LogFilter): boolean {
  if (addresses.length > 0 && !addresses.some((address) => isSame(address, log.address))) return false
  if (topics.length > log.topics.length) return false
  return topics.every(
    (choice, position) => choice.length === 0 || choice.some((topic) => isSame(topic, log.topics[position])),
  )
}

function isSame(a: Uint8Array, b: Uint8Array | undefined): boolean {
  return b !== undefined && Buffer.compare(a, b) === 0
}

function choices(value: unknown, size: number): Uint8Array[] {
  if (value === undefined || value === null) return []
  const list = Array.isArray(value) ? value : [value]
  if (list.length > MAX_CHOICES) throw badParam(0, `more than ${MAX_CHOICES} choices`)
  // A null among the choices matches anything, and so makes the others idle.
  return list.includes(null) ? [] : list.map((item) => toBytes(item, 0, size))
}

function bound(context: RpcContext, value: unknown): number {
  const name = toBlockName(value ?? 'latest', 0)
  return 'number' in name ? name.number : (findHeader(context, name)?.number ?? 0)
}
