import { encodeRlp } from 'ethers'
import {
  type Allocation,
  balances,
  hex,
  INITIAL_BASE_FEE,
  MIN_GAS_LIMIT,
  requireInteger,
  sortedAddresses,
  ZERO_HASH,
} from './fields.ts'

export interface QbftGenesisOptions {
  /** 1 to 2^53-1, what JSON keeps exactly; random for every consortium. */
  readonly chainId: number
  /** Addresses of the first validators, one at least, in any order; four outlive one that fails. */
  readonly validators: readonly string[]
  /** Time between two blocks, whole seconds from 1. */
  readonly periodSec: number
  /** Blocks after which open votes on validators are forgotten, from 1; 30,000 is usual. */
  readonly epoch: number
  /** Gas in a block, from 5,000; 4,700,000 as in the paper. */
  readonly gasLimit: number
  readonly alloc: Allocation
}

/** A genesis as Besu's `--genesis-file` takes it. Quantities are hex. */
export interface QbftGenesis {
  readonly config: {
    readonly chainId: number
    readonly londonBlock: 0
    readonly qbft: {
      readonly epochlength: number
      readonly blockperiodseconds: number
      readonly requesttimeoutseconds: number
    }
  }
  readonly nonce: string
  readonly timestamp: string
  readonly extraData: string
  readonly gasLimit: string
  readonly difficulty: string
  readonly mixHash: string
  readonly coinbase: string
  readonly baseFeePerGas: string
  readonly alloc: Readonly<Record<string, { readonly balance: string }>>
}

/** By which Besu knows a block of a Byzantine fault tolerant chain: "ctical byzantine fault tolerance" in ASCII. */
const BFT_MIX_HASH = '0x63746963616c2062797a616e74696e65206661756c7420746f6c6572616e6365'

/**
 * Genesis of a QBFT chain with the rules of London from block 0, the ones that the contracts are compiled for.
 *
 * @returns the same for the same options, whatever the order of validators and accounts
 * @throws {RangeError} when a number is out of its range, or validators or accounts repeat or are no addresses
 * @see Besu, "Configure QBFT consensus", "Extra data": RLP of vanity, validators, no vote, round 0 and no seals
 */
export function qbftGenesis(options: QbftGenesisOptions): QbftGenesis {
  const { chainId, periodSec, epoch, gasLimit } = options
  requireInteger('chainId', chainId, 1)
  requireInteger('periodSec', periodSec, 1)
  requireInteger('epoch', epoch, 1)
  requireInteger('gasLimit', gasLimit, MIN_GAS_LIMIT)
  const validators = sortedAddresses('validators', options.validators)
  if (validators.length === 0) throw new RangeError('validators: a chain needs one at least')
  const noVote: string[] = []
  const noSeals: string[] = []
  const round = '0x'
  return {
    config: {
      chainId,
      londonBlock: 0,
      // A proposer that is gone costs one request timeout, which has to be longer than a block takes.
      qbft: { epochlength: epoch, blockperiodseconds: periodSec, requesttimeoutseconds: 2 * periodSec },
    },
    nonce: '0x0',
    timestamp: '0x0',
    extraData: encodeRlp([ZERO_HASH, [...validators], noVote, round, noSeals]),
    gasLimit: hex(gasLimit),
    difficulty: '0x1',
    mixHash: BFT_MIX_HASH,
    coinbase: `0x${'00'.repeat(20)}`,
    baseFeePerGas: hex(INITIAL_BASE_FEE),
    alloc: balances(options.alloc),
  }
}
