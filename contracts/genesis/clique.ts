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

export interface CliqueGenesisOptions {
  /** 1 to 2^53-1, what JSON keeps exactly; random for every consortium. */
  readonly chainId: number
  /** Addresses of the first validators, one at least, in any order. */
  readonly signers: readonly string[]
  /** Least time between two blocks, whole seconds from 1. */
  readonly periodSec: number
  /** Blocks from one checkpoint with the list of signers to the next, from 1; 30,000 is usual. */
  readonly epoch: number
  /** Gas in a block, from 5,000; 4,700,000 as in the paper. */
  readonly gasLimit: number
  readonly alloc: Allocation
  /** Time of block 0 in Unix seconds; 0 by default, which lets the first block have any time. */
  readonly timestampSec?: number
}

/** A genesis as geth's `init` reads it. Quantities are hex. */
export interface CliqueGenesis {
  readonly config: {
    readonly chainId: number
    readonly homesteadBlock: 0
    readonly eip150Block: 0
    readonly eip155Block: 0
    readonly eip158Block: 0
    readonly byzantiumBlock: 0
    readonly constantinopleBlock: 0
    readonly petersburgBlock: 0
    readonly istanbulBlock: 0
    readonly berlinBlock: 0
    readonly londonBlock: 0
    readonly clique: { readonly period: number; readonly epoch: number }
  }
  readonly nonce: string
  readonly timestamp: string
  readonly extraData: string
  readonly gasLimit: string
  readonly difficulty: string
  readonly mixHash: string
  readonly coinbase: string
  readonly number: string
  readonly gasUsed: string
  readonly parentHash: string
  readonly baseFeePerGas: string
  readonly alloc: Readonly<Record<string, { readonly balance: string }>>
}

const VANITY_HEX = '00'.repeat(32)
const SEAL_HEX = '00'.repeat(65)

/**
 * Genesis of a Clique chain with the rules of London from block 0, the last that Clique engines seal under.
 *
 * @returns the same for the same options, whatever the order of signers and accounts: its hash is the salt of
 *   everything signed for the chain
 * @throws {RangeError} when a number is out of its range, or signers or accounts repeat or are no addresses
 * @see EIP-225, "Specification": vanity, sorted signers, empty seal
 */
export function cliqueGenesis(options: CliqueGenesisOptions): CliqueGenesis {
  const { chainId, periodSec, epoch, gasLimit, timestampSec = 0 } = options
  requireInteger('chainId', chainId, 1)
  requireInteger('periodSec', periodSec, 1)
  requireInteger('epoch', epoch, 1)
  requireInteger('gasLimit', gasLimit, MIN_GAS_LIMIT)
  requireInteger('timestampSec', timestampSec, 0)
  const signers = sortedAddresses('signers', options.signers)
  if (signers.length === 0) throw new RangeError('signers: a chain needs one at least')
  return {
    config: {
      chainId,
      homesteadBlock: 0,
      eip150Block: 0,
      eip155Block: 0,
      eip158Block: 0,
      byzantiumBlock: 0,
      constantinopleBlock: 0,
      petersburgBlock: 0,
      istanbulBlock: 0,
      berlinBlock: 0,
      londonBlock: 0,
      clique: { period: periodSec, epoch },
    },
    nonce: '0x0',
    timestamp: hex(timestampSec),
    extraData: `0x${VANITY_HEX}${signers.map((signer) => signer.slice(2)).join('')}${SEAL_HEX}`,
    gasLimit: hex(gasLimit),
    difficulty: '0x1',
    mixHash: ZERO_HASH,
    coinbase: `0x${'00'.repeat(20)}`,
    number: '0x0',
    gasUsed: '0x0',
    parentHash: ZERO_HASH,
    baseFeePerGas: hex(INITIAL_BASE_FEE),
    alloc: balances(options.alloc),
  }
}
