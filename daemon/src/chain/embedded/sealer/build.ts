import { createBlock } from '@ethereumjs/block'
import type { Common } from '@ethereumjs/common'
import { Address } from '@ethereumjs/util'
import { Bloom, encodeReceipt, runTx } from '@ethereumjs/vm'
import type { Logger } from 'pino'
import type { TxPool } from '../pool/pool.ts'
import type { PooledTx } from '../pool/pooled.ts'
import { Selection } from '../pool/selection.ts'
import type { World } from '../state/world.ts'
import type { Header } from '../store/header.ts'
import type { StoredReceipt } from '../store/receipts.ts'
import { nextBaseFee } from './base-fee.ts'
import { DIFFICULTY_IN_TURN, type UnsealedHeader } from './clique.ts'
import { orderedRoot } from './ordered-root.ts'

/** Gas of the cheapest transaction: with less left, a block is full. */
const MIN_TX_GAS = 21_000n

export interface BuiltBlock {
  readonly header: UnsealedHeader
  readonly txs: readonly PooledTx[]
  readonly receipts: readonly StoredReceipt[]
  readonly nodes: ReadonlyMap<string, Uint8Array>
}

export interface BuildDeps {
  /** At the parent's state; holds the new state afterwards. */
  readonly world: World
  readonly pool: TxPool
  readonly common: Common
  readonly beneficiary: Uint8Array
  readonly log: Logger
}

/**
 * Execute what fits from the pool on top of `parent`.
 *
 * @param timestamp - seconds since the Unix epoch
 * @throws when the state cannot be computed; `world` is useless then
 */
export async function buildBlock(parent: Header, timestamp: number, deps: BuildDeps): Promise<BuiltBlock> {
  const { world, pool, common } = deps
  const baseFeePerGas = nextBaseFee(parent)
  const { gasLimit } = parent
  const number = parent.number + 1
  const block = createBlock(
    {
      header: {
        number,
        parentHash: parent.hash,
        timestamp,
        gasLimit,
        baseFeePerGas,
        difficulty: DIFFICULTY_IN_TURN,
        coinbase: new Address(deps.beneficiary),
      },
    },
    { common },
  )

  const txs: PooledTx[] = []
  const receipts: StoredReceipt[] = []
  const encoded: Uint8Array[] = []
  const bloom = new Bloom(undefined, common)
  let gasUsed = 0n

  await world.state.checkpoint()
  const selection = new Selection(pool, { baseFee: baseFeePerGas })
  while (gasLimit - gasUsed >= MIN_TX_GAS) {
    const pooled = selection.best()
    if (pooled === undefined) break
    if (pooled.gasLimit > gasLimit - gasUsed) {
      selection.pass(pooled)
      continue
    }
    const run = await runTx(world.vm, {
      tx: pooled.tx,
      block,
      blockGasUsed: gasUsed,
      skipHardForkValidation: true,
    }).catch((err: unknown) => {
      deps.log.warn({ tx: pooled.hash, err }, 'transaction dropped: it cannot be executed')
    })
    if (run === undefined) {
      selection.pass(pooled)
      pool.drop(pooled)
      continue
    }
    selection.include(pooled)
    gasUsed += run.totalGasSpent
    txs.push(pooled)
    bloom.or(run.bloom)
    encoded.push(encodeReceipt(run.receipt, pooled.tx.type))
    receipts.push({
      type: pooled.tx.type,
      isSuccess: run.execResult.exceptionError === undefined,
      cumulativeGasUsed: gasUsed,
      gasUsed: run.totalGasSpent,
      effectiveGasPrice: run.amountSpent / run.totalGasSpent,
      from: Buffer.from(pooled.sender.slice(2), 'hex'),
      created: run.createdAddress?.bytes,
      logs: run.receipt.logs.map(([address, topics, data]) => ({ address, topics, data })),
    })
  }
  // Computed inside the checkpoint, so that the tries' nodes are handed over together.
  const stateRoot = await world.state.getStateRoot()
  await world.state.commit()

  return {
    header: {
      parentHash: parent.hash,
      stateRoot,
      transactionsRoot: await orderedRoot(
        txs.map(({ raw }) => raw),
        common,
      ),
      receiptsRoot: await orderedRoot(encoded, common),
      logsBloom: bloom.bitvector,
      number,
      gasLimit,
      gasUsed,
      timestamp,
      baseFeePerGas,
    },
    txs,
    receipts,
    nodes: world.takeNodes(stateRoot),
  }
}
