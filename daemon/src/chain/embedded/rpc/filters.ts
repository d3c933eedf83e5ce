import { randomBytes } from 'node:crypto'
import type { Clock } from '@hygeia/runtime/clock'
import { refuse } from '../../json-rpc/fault.ts'
import { type Methods, type RpcContext, tooMuch } from './context.ts'
import { data } from './hex.ts'
import { findLogs, type LogFilter, readFilter } from './logs.ts'
import type { Params } from './params.ts'

const MAX_FILTERS = 256
/** geth forgets a filter that nobody asked for this long. */
const IDLE_MS = 5 * 60_000

interface HeldFilter {
  /** Absent for a filter of block hashes. */
  readonly logs: LogFilter | undefined
  /** Blocks up to this one were told. */
  toldTo: number
  usedAt: number
}

/** Filters that a caller polls. ethers watches contract events this way. */
export function filterMethods(context: RpcContext, { clock }: { clock: Clock }): Methods {
  const { store } = context
  const held = new Map<string, HeldFilter>()

  const add = (logs: LogFilter | undefined) => {
    const now = clock.monotonic()
    for (const [id, { usedAt }] of held) if (now - usedAt > IDLE_MS) held.delete(id)
    if (held.size >= MAX_FILTERS) throw tooMuch(`more than ${MAX_FILTERS} filters`)
    const id = data(randomBytes(16))
    held.set(id, { logs, toldTo: store.head.number, usedAt: now })
    return id
  }
  const get = (params: Params) => {
    const filter = held.get(String(params[0]))
    if (filter === undefined) throw refuse('filter not found')
    filter.usedAt = clock.monotonic()
    return filter
  }
  return {
    eth_newFilter: (params) => add(readFilter(context, params[0])),
    eth_newBlockFilter: () => add(undefined),
    eth_uninstallFilter: (params) => held.delete(String(params[0])),
    async eth_getFilterChanges(params) {
      const filter = get(params)
      const from = filter.toldTo + 1
      const to = store.head.number
      filter.toldTo = to
      if (filter.logs !== undefined) return findLogs(context, { ...filter.logs, from, to })
      return Array.from({ length: to - from + 1 }, (_, index) => store.header(from + index)?.hash).map(
        (hash) => (hash === undefined ? null : data(hash)),
      )
    },
    eth_getFilterLogs(params) {
      const { logs } = get(params)
      if (logs === undefined) throw refuse('filter not found')
      return findLogs(context, { ...logs, to: store.head.number })
    },
  }
}
