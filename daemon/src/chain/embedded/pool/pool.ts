import type { Common } from '@ethereumjs/common'
import { type PooledTx, readTransaction, refused } from './pooled.ts'
import { SenderQueue } from './sender.ts'

export interface PoolLimits {
  readonly maxTxs: number
  readonly maxTxsPerSender: number
  readonly maxBytes: number
}

export const DEFAULT_POOL_LIMITS: PoolLimits = {
  maxTxs: 8_192,
  maxTxsPerSender: 2_048,
  maxBytes: 32 * 1024 * 1024,
}

/** Nonce and balance of an account at the head. */
export interface AccountAtHead {
  readonly nonce: bigint
  readonly balance: bigint
}

export interface PoolDeps {
  readonly common: Common
  readonly blockGasLimit: bigint
  readonly accountAt: (address: string) => Promise<AccountAtHead>
  /** Tells an admission that the state moved under it. */
  readonly headNumber: () => number
}

/** Per cent that both fees of a replacement must be higher. */
const PRICE_BUMP = 10n

/**
 * Transactions waiting for a block. In memory only: whoever sends one that must not be lost journals it
 * and sends it again after a restart.
 */
export class TxPool {
  readonly #limits: PoolLimits
  readonly #deps: PoolDeps
  readonly #byHash = new Map<string, PooledTx>()
  readonly #senders = new Map<string, SenderQueue>()
  #bytes = 0
  #arrivals = 0

  constructor(limits: PoolLimits, deps: PoolDeps) {
    this.#limits = limits
    this.#deps = deps
  }

  get size(): number {
    return this.#byHash.size
  }

  get(hash: string): PooledTx | undefined {
    return this.#byHash.get(hash)
  }

  senders(): Iterable<SenderQueue> {
    return this.#senders.values()
  }

  waiting(sender: string, nonce: bigint): PooledTx | undefined {
    return this.#senders.get(sender)?.at(nonce)
  }

  /** First free nonce of `address`, given its nonce at the head. */
  nextNonce(address: string, nonceAtHead: bigint): bigint {
    const queue = this.#senders.get(address)
    return queue === undefined ? nonceAtHead : queue.nextNonce()
  }

  /**
   * Take a raw transaction in.
   *
   * @returns its hash
   * @throws {RpcError} in geth's words: "already known", "nonce too low", "insufficient funds …", …
   */
  async add(raw: Uint8Array): Promise<string> {
    const order = this.#arrivals++
    const tx = readTransaction(raw, { ...this.#deps, order })
    if (this.#byHash.has(tx.hash)) throw refused('already known')

    let head: number
    let account: AccountAtHead
    do {
      head = this.#deps.headNumber()
      account = await this.#deps.accountAt(tx.sender)
      // A block may have been written meanwhile and have used this nonce.
    } while (head !== this.#deps.headNumber())
    // Sent twice at once: the other one was first.
    if (this.#byHash.has(tx.hash)) throw refused('already known')

    this.#admit(tx, account)
    return tx.hash
  }

  #admit(tx: PooledTx, { nonce, balance }: AccountAtHead): void {
    if (tx.nonce < nonce) throw refused(`nonce too low: next nonce ${nonce}, tx nonce ${tx.nonce}`)
    if (balance < tx.cost) {
      throw refused(
        `insufficient funds for gas * price + value: balance ${balance}, tx cost ${tx.cost}, overshot ${tx.cost - balance}`,
      )
    }
    const queue = this.#senders.get(tx.sender) ?? new SenderQueue({ address: tx.sender, nonce })
    queue.nonce = nonce
    const rival = queue.at(tx.nonce)
    if (rival !== undefined) {
      if (!outbids(tx, rival)) throw refused('replacement transaction underpriced')
      this.#remove(rival)
    } else {
      this.#checkFunds(tx, queue, balance)
      if (tx.nonce >= nonce + BigInt(this.#limits.maxTxsPerSender)) {
        throw refused(`account limit exceeded: pooled ${queue.size} txs`)
      }
      this.#makeRoom(tx)
    }
    queue.put(tx)
    this.#senders.set(tx.sender, queue)
    this.#byHash.set(tx.hash, tx)
    this.#bytes += tx.raw.length
  }

  /** All that an account has waiting must be affordable together, or the tail would only take up room. */
  #checkFunds(tx: PooledTx, queue: SenderQueue, balance: bigint): void {
    let queued = 0n
    for (const other of queue.all()) queued += other.cost
    if (balance < queued + tx.cost) {
      throw refused(
        `insufficient funds for gas * price + value: balance ${balance}, queued cost ${queued}, tx cost ${tx.cost}, overshot ${queued + tx.cost - balance}`,
      )
    }
  }

  /** @throws {RpcError} when nothing that waits is cheaper than `tx` */
  #makeRoom(tx: PooledTx): void {
    while (this.#byHash.size >= this.#limits.maxTxs || this.#bytes + tx.raw.length > this.#limits.maxBytes) {
      const victim = this.#cheapestTail(tx.sender)
      if (victim === undefined || victim.maxTip >= tx.maxTip) throw refused('txpool is full')
      this.#remove(victim)
    }
  }

  /** The lowest tip among the last transactions of every other account. */
  #cheapestTail(except: string): PooledTx | undefined {
    let cheapest: PooledTx | undefined
    for (const queue of this.#senders.values()) {
      const tail = queue.address === except ? undefined : queue.last()
      if (tail !== undefined && (cheapest === undefined || tail.maxTip < cheapest.maxTip)) cheapest = tail
    }
    return cheapest
  }

  /** Forget what a block included, and whatever else its nonces made impossible. */
  included(txs: readonly PooledTx[]): void {
    for (const tx of txs) {
      const queue = this.#senders.get(tx.sender)
      if (queue === undefined) continue
      if (tx.nonce >= queue.nonce) queue.nonce = tx.nonce + 1n
      const rival = queue.at(tx.nonce)
      if (rival !== undefined) this.#remove(rival)
    }
  }

  /** Forget one that can never be included. */
  drop(tx: PooledTx): void {
    if (this.#byHash.get(tx.hash) === tx) this.#remove(tx)
  }

  /** Read every account again, after the head may have moved unseen. */
  async refresh(): Promise<void> {
    for (const queue of [...this.#senders.values()]) {
      const { nonce } = await this.#deps.accountAt(queue.address)
      queue.nonce = nonce
      for (const tx of [...queue.all()]) if (tx.nonce < nonce) this.#remove(tx)
    }
  }

  #remove(tx: PooledTx): void {
    this.#byHash.delete(tx.hash)
    this.#bytes -= tx.raw.length
    const queue = this.#senders.get(tx.sender)
    queue?.delete(tx.nonce)
    if (queue?.size === 0) this.#senders.delete(tx.sender)
  }
}

/** Both fees at least 10 % higher, and higher at all. */
function outbids(tx: PooledTx, rival: PooledTx): boolean {
  const isHigher = (now: bigint, before: bigint) =>
    now > before && now >= (before * (100n + PRICE_BUMP)) / 100n
  return isHigher(tx.maxFee, rival.maxFee) && isHigher(tx.maxTip, rival.maxTip)
}
