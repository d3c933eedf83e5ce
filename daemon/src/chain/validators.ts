import { type Address, addressOf } from '@hygeia/protocol/ids'
import { z } from 'zod'
import type { ChainEngine } from './engine.ts'
import { ChainError, RpcError } from './errors.ts'

/** Who seals, and what this hospital votes for. */
export interface ValidatorList {
  readonly validators: readonly {
    readonly address: Address
    /** Of the last `blocks` blocks; undefined when the node does not count. */
    readonly sealed: number | undefined
  }[]
  readonly blocks: number
  /** Votes that this hospital's node casts with the blocks that it seals, until a majority agrees. */
  readonly proposals: readonly { readonly address: Address; readonly admit: boolean }[]
}

/** What a consensus calls things. */
interface Dialect {
  readonly validators: string
  readonly proposals: string
  readonly propose: string
  readonly discard: string
}

const CLIQUE: Dialect = {
  validators: 'clique_getSigners',
  proposals: 'clique_proposals',
  propose: 'clique_propose',
  discard: 'clique_discard',
}
const QBFT: Dialect = {
  validators: 'qbft_getValidatorsByBlockNumber',
  proposals: 'qbft_getPendingVotes',
  propose: 'qbft_proposeValidatorVote',
  discard: 'qbft_discardValidatorVote',
}

const Addresses = z.array(z.string().regex(/^0x[0-9a-fA-F]{40}$/)).max(1_000)
const Proposals = z.record(z.string().regex(/^0x[0-9a-fA-F]{40}$/), z.boolean()).nullable()
const Activity = z.looseObject({ numBlocks: z.int().min(0), sealerActivity: z.record(z.string(), z.int()) })

/** Voting of validators, in whichever words the chain's consensus has for it. */
export class Validators {
  readonly #engine: Pick<ChainEngine, 'request' | 'info'>
  readonly #dialect: Dialect

  constructor({ engine, kind }: { engine: Pick<ChainEngine, 'request' | 'info'>; kind: 'clique' | 'qbft' }) {
    this.#engine = engine
    this.#dialect = kind === 'clique' ? CLIQUE : QBFT
  }

  /** @throws {ChainError} `CHAIN_DOWN` */
  async list(): Promise<ValidatorList> {
    const { validators, proposals } = this.#dialect
    const addresses = Addresses.parse(await this.#ask(validators, ['latest']))
    const votes = Proposals.parse(await this.#ask(proposals, []))
    const activity =
      this.#dialect === CLIQUE ? Activity.parse(await this.#ask('clique_status', [])) : undefined
    const sealed = new Map(
      Object.entries(activity?.sealerActivity ?? {}).map(([address, count]) => [
        address.toLowerCase(),
        count,
      ]),
    )
    return {
      validators: addresses
        .map(addressOf)
        .sort()
        .map((address) => ({ address, sealed: activity && (sealed.get(address) ?? 0) })),
      blocks: activity?.numBlocks ?? 0,
      proposals: Object.entries(votes ?? {}).map(([address, admit]) => ({
        address: addressOf(address),
        admit,
      })),
    }
  }

  /**
   * Vote for `address` to seal, or not to any more, with every block of this hospital until a majority agrees.
   *
   * @throws {ChainError} `VALIDATORS_FIXED` when the engine takes no votes, `CHAIN_DOWN`
   */
  async propose(address: Address, admit: boolean): Promise<void> {
    await this.#ask(this.#dialect.propose, [address, admit])
  }

  /** Vote no more on `address`. @throws {ChainError} as `propose` */
  async discard(address: Address): Promise<void> {
    await this.#ask(this.#dialect.discard, [address])
  }

  async #ask(method: string, params: readonly unknown[]): Promise<unknown> {
    try {
      return await this.#engine.request({ method, params })
    } catch (cause) {
      if (!(cause instanceof RpcError)) throw cause
      const { engine } = this.#engine.info
      throw new ChainError(
        `the engine ${engine} refuses: ${cause.message}`,
        { code: 'VALIDATORS_FIXED', engine, reason: cause.message },
        { cause },
      )
    }
  }
}
