import { badParam } from '../../json-rpc/fault.ts'
import { nextBaseFee } from '../sealer/base-fee.ts'
import type { Header } from '../store/header.ts'
import { Breath } from './breath.ts'
import { headerAt, type Methods, type RpcContext } from './context.ts'
import { quantity } from './hex.ts'
import { type Params, toQuantity } from './params.ts'

/** One gwei: there is no bidding for room on a hospital's own chain, and whoever must be first bids more. */
const SUGGESTED_TIP = 1_000_000_000n
const MAX_HISTORY = 1_024
const MAX_PERCENTILES = 100

export function feeMethods(context: RpcContext): Methods {
  return {
    eth_gasPrice: () => quantity(nextBaseFee(context.store.head) + SUGGESTED_TIP),
    eth_maxPriorityFeePerGas: () => quantity(SUGGESTED_TIP),
    eth_feeHistory: (params) => feeHistory(context, params),
  }
}

async function feeHistory(context: RpcContext, params: Params) {
  const newest = headerAt(context, params, 1)
  const asked = typeof params[0] === 'number' ? BigInt(params[0]) : toQuantity(params[0], 0)
  const count = Math.min(Number(asked), MAX_HISTORY, newest.number + 1)
  const percentiles = readPercentiles(params[2])
  const headers: Header[] = []
  const reward: string[][] = []
  const breath = new Breath()
  for (let number = newest.number - count + 1; number <= newest.number; number++) {
    await breath.take()
    const header = context.store.header(number)
    if (header === undefined) throw new Error('a block is missing')
    headers.push(header)
    if (percentiles.length > 0) reward.push(rewards(context, header, percentiles))
  }
  return {
    oldestBlock: quantity(count === 0 ? 0 : newest.number - count + 1),
    ...(count > 0 && {
      baseFeePerGas: [...headers.map(({ baseFeePerGas }) => baseFeePerGas), nextBaseFee(newest)].map(
        quantity,
      ),
    }),
    gasUsedRatio: headers.map(({ gasUsed, gasLimit }) => Number(gasUsed) / Number(gasLimit)),
    ...(percentiles.length > 0 && { reward }),
  }
}

/** Tips at which these per cents of a block's gas had paid no more. */
function rewards({ store }: RpcContext, header: Header, percentiles: readonly number[]): string[] {
  const paid = store
    .receipts(header.number)
    .map(({ gasUsed, effectiveGasPrice }) => ({ gasUsed, tip: effectiveGasPrice - header.baseFeePerGas }))
    .sort((a, b) => (a.tip < b.tip ? -1 : 1))
  return percentiles.map((percentile) => {
    const threshold = (Number(header.gasUsed) * percentile) / 100
    let sum = 0
    for (const { gasUsed, tip } of paid) {
      sum += Number(gasUsed)
      if (sum >= threshold) return quantity(tip)
    }
    return quantity(0)
  })
}

function readPercentiles(value: unknown): number[] {
  if (value === undefined || value === null) return []
  if (!Array.isArray(value) || value.length > MAX_PERCENTILES) throw badParam(2, 'not a list of percentiles')
  let before = 0
  return value.map((item: unknown) => {
    if (typeof item !== 'number' || item < before || item > 100)
      throw badParam(2, 'invalid reward percentile')
    before = item
    return item
  })
}
