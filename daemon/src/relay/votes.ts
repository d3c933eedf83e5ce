import { abi } from '@hygeia/contracts/directory'
import type { Address, Hex, Hex32 } from '@hygeia/protocol/ids'
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

/** A vote that was cast, and whether it was the one that carried the motion. */
export interface Voted extends Relayed {
  readonly votes: number
  /** Votes that are enough. */
  readonly majority: number
  readonly isCarried: boolean
}

/** A hospital by its keys, as hospitals vote on it. */
export interface HospitalKeysOnChain {
  readonly operator: Address
  readonly anchor: Address
  readonly relay: Address
  readonly receipt: Address
  readonly proxyKeyDigest: Hex32
}

type Action = 'admitPhysician' | 'suspendPhysician' | 'admitHospital' | 'suspendHospital'

const directory = new Interface(abi)
const VOTE_CAST = directory.getEvent('VoteCast')?.topicHash
/** Counting the votes of 64 hospitals. */
const GAS_LIMIT = 600_000

/** This hospital's votes. A majority carries them out; with one hospital its own vote is enough. */
export class Votes {
  readonly #options: VotesOptions
  readonly #deps: VotesDeps

  constructor(options: VotesOptions, deps: VotesDeps) {
    this.#options = options
    this.#deps = deps
  }

  /** Vote to admit a registered physician. @throws {RelayError} */
  admit(physician: Address): Promise<Voted> {
    return this.#vote('admitPhysician', physician)
  }

  /** Vote to suspend an active physician. @throws {RelayError} */
  suspend(physician: Address): Promise<Voted> {
    return this.#vote('suspendPhysician', physician)
  }

  /** Vote to admit a hospital, to readmit it, or to change its keys. @throws {RelayError} */
  admitHospital({ operator, anchor, relay, receipt, proxyKeyDigest }: HospitalKeysOnChain): Promise<Voted> {
    return this.#vote('admitHospital', [operator, anchor, relay, receipt, proxyKeyDigest])
  }

  /** Vote to suspend an active hospital. @throws {RelayError} */
  suspendHospital(operator: Address): Promise<Voted> {
    return this.#vote('suspendHospital', operator)
  }

  async #vote(action: Action, subject: unknown): Promise<Voted> {
    const { chain, operator } = this.#deps
    const to = this.#options.directory
    const data = directory.encodeFunctionData(action, [subject]) as Hex
    await simulate(chain, { from: operator.address, to, data, gasLimit: GAS_LIMIT })
    try {
      const { hash, blockNumber, blockHash } = await operator.send({ to, data, gasLimit: GAS_LIMIT })
      return { transaction: hash, blockNumber, blockHash, ...(await this.#count(hash)) }
    } catch (cause) {
      throw new RelayError('not voted', { code: 'CHAIN_UNAVAILABLE', retryAfterSec: 5 }, { cause })
    }
  }

  /** How the votes stand after the one in `transaction`. */
  async #count(transaction: Hex32): Promise<Pick<Voted, 'votes' | 'majority' | 'isCarried'>> {
    const receipt = (await this.#deps.chain.request({
      method: 'eth_getTransactionReceipt',
      params: [transaction],
    })) as { readonly logs: readonly { readonly topics: string[]; readonly data: string }[] }
    const cast = receipt.logs.find(({ topics }) => topics[0] === VOTE_CAST)
    const args = cast === undefined ? undefined : directory.parseLog(cast)?.args
    // A second vote of the same hospital is counted only when it closes a ballot that has its majority already.
    if (args === undefined) return { votes: 0, majority: 0, isCarried: true }
    const [votes, majority] = [Number(args.votes), Number(args.majority)]
    return { votes, majority, isCarried: votes >= majority }
  }
}
