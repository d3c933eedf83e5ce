import { RLP } from '@ethereumjs/rlp'
import { ChainError } from '../../errors.ts'
import type { ChainCrypto } from '../crypto.ts'
import { type Header, parseHeader } from './header.ts'
import {
  blockHashKey,
  bodyKey,
  FORMAT_KEY,
  GENESIS_KEY,
  HEAD_KEY,
  headerKey,
  numberAtEnd,
  numberBytes,
  parseTxPlace,
  receiptsKey,
  txHashKey,
  txPlaceBytes,
} from './keys.ts'
import type { LevelFile, Put } from './level.ts'
import { logIndexPuts } from './log-index.ts'
import { nodePuts, type StoredNodes } from './nodes.ts'
import { decodeReceipts, encodeReceipts, type StoredReceipt } from './receipts.ts'

/** Changes when the layout of `keys.ts` or of a value does. */
const FORMAT = '1'

/** A transaction as a block holds it. */
export interface StoredTx {
  /** EIP-2718 envelope, or the RLP list of a legacy transaction: what is hashed. */
  readonly raw: Uint8Array
  readonly hash: Uint8Array
}

export interface NewBlock {
  readonly header: Header
  readonly txs: readonly StoredTx[]
  readonly receipts: readonly StoredReceipt[]
  /** Trie nodes and code that this block's state adds to its parent's. */
  readonly nodes: ReadonlyMap<string, Uint8Array>
}

/** What a chain begins with and keeps. */
export interface ChainStart {
  readonly genesis: NewBlock
  /** The rules that the hash of the genesis block does not cover, and that older blocks were made under. */
  readonly rules: string
}

/**
 * Blocks, receipts, indexes and state in one database. There is one block per height: a single signer has no forks.
 * The Clique snapshot of a block needs no record of its own, for without votes it follows from the genesis signer.
 */
export class ChainStore {
  readonly #level: LevelFile
  readonly #nodes: StoredNodes
  readonly #crypto: ChainCrypto
  #head: Header | undefined

  constructor(deps: { level: LevelFile; nodes: StoredNodes; crypto: ChainCrypto }) {
    this.#level = deps.level
    this.#nodes = deps.nodes
    this.#crypto = deps.crypto
  }

  /** Newest block that is wholly on disk. */
  get head(): Header {
    if (this.#head === undefined) throw new Error('the chain is not open')
    return this.#head
  }

  get level(): LevelFile {
    return this.#level
  }

  get nodes(): StoredNodes {
    return this.#nodes
  }

  /**
   * Read the head, after writing `genesis` when the directory is new. Reads four records whatever the chain's length.
   *
   * @throws {ChainError} `CHAIN_FORMAT`, `GENESIS_DIFFERS`
   */
  async open(dir: string, { genesis, rules }: ChainStart): Promise<void> {
    const text = new TextEncoder()
    const start = `${hex(genesis.header.hash)} ${rules}`
    const format = this.#level.get(FORMAT_KEY)
    if (format === undefined) {
      await this.#write(genesis, [
        { key: FORMAT_KEY, value: text.encode(FORMAT) },
        { key: GENESIS_KEY, value: text.encode(start) },
      ])
      return
    }
    const heldFormat = new TextDecoder().decode(format)
    if (heldFormat !== FORMAT) {
      throw new ChainError(`the chain in ${dir} has layout ${heldFormat}, this program reads ${FORMAT}`, {
        code: 'CHAIN_FORMAT',
        dir,
        held: heldFormat,
        wanted: FORMAT,
      })
    }
    const held = new TextDecoder().decode(this.#level.get(GENESIS_KEY))
    if (held !== start) {
      throw new ChainError(`the chain in ${dir} began as ${held}, not as ${start}`, {
        code: 'GENESIS_DIFFERS',
        dir,
        held,
        wanted: start,
      })
    }
    this.#readHead()
  }

  /** Believe the disk again, after a write of which it is not known whether it arrived. */
  async reopen(): Promise<void> {
    await this.#level.reopen()
    this.#readHead()
  }

  #readHead(): void {
    const number = this.#level.get(HEAD_KEY)
    const head = number === undefined ? undefined : this.header(numberAtEnd(number))
    if (head === undefined) throw new Error('the chain has no head: the database is damaged')
    this.#head = head
  }

  /** The whole block or nothing, on disk when this resolves; only then is it the head. */
  async append(block: NewBlock): Promise<void> {
    if (block.header.number !== this.head.number + 1) throw new Error('not the next block')
    await this.#write(block, [])
  }

  header(number: number): Header | undefined {
    const rlp = this.#level.get(headerKey(number))
    return rlp === undefined ? undefined : parseHeader(rlp, this.#crypto.keccak256)
  }

  numberOf(blockHash: Uint8Array): number | undefined {
    const number = this.#level.get(blockHashKey(blockHash))
    return number === undefined ? undefined : numberAtEnd(number)
  }

  txs(number: number): StoredTx[] {
    const body = this.#level.get(bodyKey(number))
    const items = body === undefined ? [] : RLP.decode(body)
    if (!Array.isArray(items)) throw new Error(`stored body of block ${number} is damaged`)
    return items.map((item) => {
      const raw = item instanceof Uint8Array ? item : RLP.encode(item)
      return { raw, hash: this.#crypto.keccak256(raw) }
    })
  }

  receipts(number: number): StoredReceipt[] {
    const bytes = this.#level.get(receiptsKey(number))
    return bytes === undefined ? [] : decodeReceipts(bytes)
  }

  /** Where a transaction was included. */
  placeOf(txHash: Uint8Array): { number: number; index: number } | undefined {
    const place = this.#level.get(txHashKey(txHash))
    return place === undefined ? undefined : parseTxPlace(place)
  }

  /** Block as geth's `export` writes one: RLP of [header, transactions, no uncles]. */
  rawBlock(number: number): Uint8Array | undefined {
    const header = this.#level.get(headerKey(number))
    if (header === undefined) return undefined
    const body = this.#level.get(bodyKey(number)) ?? RLP.encode([])
    return RLP.encode([RLP.decode(header), RLP.decode(body), []])
  }

  async #write(block: NewBlock, extra: readonly Put[]): Promise<void> {
    const { header, txs, receipts } = block
    const puts: Put[] = [
      ...extra,
      ...nodePuts(block.nodes),
      { key: headerKey(header.number), value: header.rlp },
      { key: blockHashKey(header.hash), value: numberBytes(header.number) },
      ...txs.map(({ hash }, index) => ({ key: txHashKey(hash), value: txPlaceBytes(header.number, index) })),
      ...logIndexPuts(header.number, receipts),
      { key: HEAD_KEY, value: numberBytes(header.number) },
    ]
    // Most blocks of a small hospital are empty: two records less for each.
    if (txs.length > 0) {
      puts.push({ key: bodyKey(header.number), value: RLP.encode(txs.map(({ raw }) => inBlock(raw))) })
      puts.push({ key: receiptsKey(header.number), value: encodeReceipts(receipts) })
    }
    await this.#level.write(puts)
    this.#nodes.remember(block.nodes)
    this.#head = header
  }
}

/** A legacy transaction lies in a block as a list, a typed one as a string. @see EIP-2718 */
function inBlock(raw: Uint8Array): Parameters<typeof RLP.encode>[0] {
  return (raw[0] ?? 0) >= 0xc0 ? RLP.decode(raw) : raw
}

function hex(bytes: Uint8Array): string {
  return `0x${Buffer.from(bytes).toString('hex')}`
}
