import { z } from 'zod'
import { ChainError } from './errors.ts'

/** What a genesis says of who seals and when a block is final. */
export type Consensus =
  /** Validators in turn; a fork is decided by difficulty. @see EIP-225 */
  | {
      readonly kind: 'clique'
      readonly chainId: number
      readonly periodSec: number
      /** Every this many blocks a header repeats the signers. */
      readonly epoch: number
    }
  /** Two thirds of the validators sign each block before it exists: no reorganisation. */
  | { readonly kind: 'qbft'; readonly chainId: number; readonly periodSec: number }

const chainId = z.int().min(1)
const periodSec = z.int().min(1).max(3_600)
const Shape = z.looseObject({
  config: z.union([
    z.looseObject({ chainId, clique: z.looseObject({ period: periodSec, epoch: z.int().min(1) }) }),
    z.looseObject({ chainId, qbft: z.looseObject({ blockperiodseconds: periodSec }) }),
  ]),
})

/**
 * @param genesis - JSON as geth's or Besu's
 * @throws {ChainError} `GENESIS_UNUSABLE`
 */
export function consensusOf(genesis: unknown): Consensus {
  const parsed = Shape.safeParse(genesis)
  if (!parsed.success) {
    const problem = 'config: neither clique with period and epoch nor qbft with blockperiodseconds'
    throw new ChainError(`the genesis cannot be run: ${problem}`, { code: 'GENESIS_UNUSABLE', problem })
  }
  const { config } = parsed.data
  if ('clique' in config && typeof config.clique === 'object') {
    const { period, epoch } = config.clique as { period: number; epoch: number }
    return { kind: 'clique', chainId: config.chainId, periodSec: period, epoch }
  }
  const { blockperiodseconds } = config.qbft as { blockperiodseconds: number }
  return { kind: 'qbft', chainId: config.chainId, periodSec: blockperiodseconds }
}
