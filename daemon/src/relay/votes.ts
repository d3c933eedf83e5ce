import { abi } from '@hygeia/contracts/directory'
import type { Address, Hex } from '@hygeia/protocol/ids'
import { Interface } from 'ethers'
import { RelayError, type Relayed } from './errors.ts'
import type { RelayAccount } from './relay.ts'
import { type ChainCalls, simulate } from './simulate.ts'

export interface VotesOptions {
  readonly directory: Address
}

export interface VotesDeps {
  readonly chain: ChainCalls
  /** The operator's account. */
  readonly operator: RelayAccount
}

const directory = new Interface(abi)
/** Counting the votes of 64 hospitals. */
const GAS_LIMIT = 600_000

/** This hospital's votes on physicians. A majority carries them out; with one hospital its own vote is enough. */
export class Votes {
  readonly #options: VotesOptions
  readonly #deps: VotesDeps

  constructor(options: VotesOptions, deps: VotesDeps) {
    this.#options = options
    this.#deps = deps
  }

  /** Vote to admit a registered physician. @throws {RelayError} */
  admit(physician: Address): Promise<Relayed> {
    return this.#vote('admitPhysician', physician)
  }

  /** Vote to suspend an active physician. @throws {RelayError} */
  suspend(physician: Address): Promise<Relayed> {
    return this.#vote('suspendPhysician', physician)
  }

  async #vote(action: 'admitPhysician' | 'suspendPhysician', physician: Address): Promise<Relayed> {
    const { chain, operator } = this.#deps
    const to = this.#options.directory
    const data = directory.encodeFunctionData(action, [physician]) as Hex
    await simulate(chain, { from: operator.address, to, data, gasLimit: GAS_LIMIT })
    try {
      const { hash, blockNumber, blockHash } = await operator.send({ to, data, gasLimit: GAS_LIMIT })
      return { transaction: hash, blockNumber, blockHash }
    } catch (cause) {
      throw new RelayError('not voted', { code: 'CHAIN_UNAVAILABLE', retryAfterSec: 5 }, { cause })
    }
  }
}
