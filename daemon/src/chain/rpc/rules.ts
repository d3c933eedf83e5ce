import { z } from 'zod'
import { HeaderJson, sealerOf } from '../clique/seal.ts'
import type { Finality } from '../engine.ts'
import { down } from '../json-rpc/answer.ts'
import type { RpcTransport } from '../json-rpc/transport.ts'
import type { Branch, Link } from './branch.ts'

/** What a consensus makes of blocks. */
export interface Rule {
  readonly finality: Finality
  /** Addresses that may seal, as of the last look; lower case, ascending. */
  readonly signers: readonly string[]
  /** Blocks that are needed to say what is final. */
  readonly depth: number
  /** Ask the node who may seal. @throws {RpcError} when it does not serve that method */
  open(): Promise<void>
  /** @throws {ChainError} `CHAIN_DOWN` when the node has no such block */
  linkAt(block: number | 'latest'): Promise<Link>
  linkOf(hash: string): Promise<Link>
  /** Highest final block of a branch; undefined when that is further back than the branch goes. */
  finalAt(branch: Branch): Promise<number | undefined>
}

const hash = z.string().regex(/^0x[0-9a-f]{64}$/)
const quantity = z.string().regex(/^0x[0-9a-f]+$/)
const Block = z.looseObject({
  number: quantity,
  hash,
  parentHash: hash,
  timestamp: quantity,
  difficulty: quantity,
})
const Addresses = z
  .array(z.string().regex(/^0x[0-9a-fA-F]{40}$/))
  .min(1)
  .max(1_000)

/** Clique: a majority of the signers is bound to a final block. Seals are checked here, whatever the node says. */
export class CliqueRule implements Rule {
  readonly #transport: RpcTransport
  #signers: readonly string[] = []
  /** The block that was asked for last: many times, until there is a newer one. */
  #last: Link | undefined

  constructor(transport: RpcTransport) {
    this.#transport = transport
  }

  get signers(): readonly string[] {
    return this.#signers
  }

  get #needed(): number {
    return Math.floor(this.#signers.length / 2) + 1
  }

  get finality(): Finality {
    return this.#signers.length === 1 ? { rule: 'head' } : { rule: 'signers', needed: this.#needed }
  }

  /** Where a signer is away, the others' turns come seldom: so many blocks until a majority is bound, and some more, since signers come and go. */
  get depth(): number {
    return 6 * this.#needed
  }

  async open(): Promise<void> {
    this.#signers = await this.#signersOf('clique_getSigners', 'latest')
  }

  async linkAt(block: number | 'latest'): Promise<Link> {
    return this.#toLink(await blockAt(this.#transport, block))
  }

  async linkOf(blockHash: string): Promise<Link> {
    return this.#toLink(await blockOf(this.#transport, blockHash))
  }

  /** Who sealed it is recovered from its signature once. */
  #toLink(json: unknown): Link {
    const link = toUnsealed(json)
    if (this.#last?.hash === link.hash) return this.#last
    this.#last = link.number === 0 ? link : { ...link, sealer: sealerOf(HeaderJson.parse(json)) }
    return this.#last
  }

  async finalAt(branch: Branch): Promise<number | undefined> {
    this.#signers = await this.#signersOf('clique_getSignersAtHash', branch.tip.hash)
    return branch.finalNumber(new Set(this.#signers))
  }

  async #signersOf(method: string, block: string): Promise<readonly string[]> {
    const signers = Addresses.parse(await this.#transport.call(method, [block]))
    return signers.map((signer) => signer.toLowerCase()).sort()
  }
}

/** QBFT: a block exists only once two thirds of the validators signed it. */
export class QbftRule implements Rule {
  readonly finality: Finality = { rule: 'head' }
  readonly depth = 1
  readonly #transport: RpcTransport
  #signers: readonly string[] = []

  constructor(transport: RpcTransport) {
    this.#transport = transport
  }

  get signers(): readonly string[] {
    return this.#signers
  }

  async open(): Promise<void> {
    const method = 'qbft_getValidatorsByBlockNumber'
    const signers = Addresses.parse(await this.#transport.call(method, ['latest']))
    this.#signers = signers.map((signer) => signer.toLowerCase()).sort()
  }

  async linkAt(block: number | 'latest'): Promise<Link> {
    return toUnsealed(await blockAt(this.#transport, block))
  }

  async linkOf(blockHash: string): Promise<Link> {
    return toUnsealed(await blockOf(this.#transport, blockHash))
  }

  async finalAt({ tip }: Branch): Promise<number> {
    return tip.number
  }
}

async function blockAt(transport: RpcTransport, block: number | 'latest'): Promise<unknown> {
  const at = block === 'latest' ? block : `0x${block.toString(16)}`
  const answer = await transport.call('eth_getBlockByNumber', [at, false])
  if (answer === null || answer === undefined) throw down(`it has no block ${block}`)
  return answer
}

async function blockOf(transport: RpcTransport, blockHash: string): Promise<unknown> {
  const answer = await transport.call('eth_getBlockByHash', [blockHash, false])
  if (answer === null || answer === undefined) throw down(`it has no block ${blockHash}`)
  return answer
}

function toUnsealed(json: unknown): Link {
  const block = Block.parse(json)
  const { hash, parentHash } = block
  return {
    number: Number(block.number),
    hash,
    parentHash,
    timestamp: Number(block.timestamp),
    sealer: undefined,
    difficulty: Number(block.difficulty),
  }
}
