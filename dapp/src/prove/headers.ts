import { type CliqueHeader, parseCliqueHeader } from '@hygeia/protocol/clique/header'
import { MalformedError } from '@hygeia/protocol/errors'
import { fromHex } from '@hygeia/protocol/ids'
import { encodeRlp } from 'ethers'
import { z } from 'zod'
import { hex, hex32 } from '../schema.ts'
import { ProveError } from './errors.ts'
import { ask, type Node } from './node.ts'

const METHOD = 'eth_getBlockByNumber'
/** Headers that are asked for ahead of the one that is looked at. */
const AHEAD = 16

const quantity = z.string().regex(/^0x[0-9a-f]{1,64}$/)
const Block = z.looseObject({
  hash: hex32,
  parentHash: hex32,
  sha3Uncles: hex32,
  miner: hex,
  stateRoot: hex32,
  transactionsRoot: hex32,
  receiptsRoot: hex32,
  logsBloom: hex,
  difficulty: quantity,
  number: quantity,
  gasLimit: quantity,
  gasUsed: quantity,
  timestamp: quantity,
  extraData: hex,
  mixHash: hex32,
  nonce: hex,
  baseFeePerGas: quantity,
})

export interface RawHeader {
  readonly rlp: Uint8Array
  readonly header: CliqueHeader
}

/** Headers of a chain, each asked for once. */
export class Headers {
  readonly #node: Node
  readonly #asked = new Map<number, Promise<RawHeader>>()

  constructor(node: Node) {
    this.#node = node
  }

  /** Number of the latest block. */
  async head(): Promise<number> {
    return Number(await ask(this.#node, 'eth_blockNumber', [], quantity))
  }

  at(number: number): Promise<RawHeader> {
    const asked = this.#asked.get(number) ?? this.#fetch(number)
    this.#asked.set(number, asked)
    return asked
  }

  /** Those from `start` to `end`, both included. */
  async *between(start: number, end: number): AsyncGenerator<RawHeader> {
    for (let number = start; number <= end; number++) {
      for (let ahead = number; ahead <= Math.min(end, number + AHEAD); ahead++) {
        // Whoever stops early never waits for what was asked ahead.
        this.at(ahead).catch(() => {})
      }
      yield await this.at(number)
    }
  }

  /** Made from JSON, which every node gives, and held against the hash that the node says it has. */
  async #fetch(number: number): Promise<RawHeader> {
    const block = await ask(this.#node, METHOD, [`0x${number.toString(16)}`, false], Block)
    const rlp = fromHex(
      encodeRlp([
        block.parentHash,
        block.sha3Uncles,
        block.miner,
        block.stateRoot,
        block.transactionsRoot,
        block.receiptsRoot,
        block.logsBloom,
        integer(block.difficulty),
        integer(block.number),
        integer(block.gasLimit),
        integer(block.gasUsed),
        integer(block.timestamp),
        block.extraData,
        block.mixHash,
        block.nonce,
        integer(block.baseFeePerGas),
      ]),
    )
    try {
      const header = parseCliqueHeader(rlp)
      if (header.hash === block.hash && header.number === number) return { rlp, header }
    } catch (cause) {
      if (!(cause instanceof MalformedError)) throw cause
    }
    throw new ProveError(`block ${number} is not one of a Clique chain with the rules of London`, {
      code: 'NODE_ANSWER',
      method: METHOD,
    })
  }
}

/** As RLP has integers: no leading zeros, 0 as nothing. */
function integer(text: string): string {
  const digits = text.slice(2).replace(/^0+/, '')
  return `0x${digits.length % 2 === 0 ? digits : `0${digits}`}`
}
