import type { Address, Hex, Hex32 } from '@hygeia/protocol/ids'
import type { Service } from '@hygeia/runtime/lifecycle'
import type { Logger } from '@hygeia/runtime/log'
import { keccak256, Wallet } from 'ethers'
import type { ChainEngine, Head } from '../chain/engine.ts'
import { TransactorError } from './errors.ts'
import type { JournaledTransaction, TransactionJournal } from './journal.ts'

/** What a transaction does; `to` is null for a deployment. */
export interface Call {
  readonly to: Address | null
  readonly data: Hex
  readonly gasLimit: number
  /** Wei that go along; none unless told. */
  readonly value?: bigint
}

/** Where a transaction ended up, once that is final. */
export interface Mined {
  readonly hash: Hex32
  readonly blockNumber: number
  readonly blockHash: Hex32
}

export interface TransactorOptions {
  /** Wei a gas: anchors offer more than relays, so that they go first. */
  readonly tipWei: bigint
  /** Gas of all transactions that wait to be mined: the share of a block that this account may take. */
  readonly gasInFlight: number
  /** Blocks without being mined after which the fee is raised. */
  readonly stuckBlocks: number
}

export interface TransactorDeps {
  readonly engine: ChainEngine
  readonly journal: TransactionJournal
  /** 32 bytes: the account's own key, used by nothing else. */
  readonly key: Uint8Array
  readonly log: Logger
}

interface InFlight {
  transaction: JournaledTransaction
  sentAtBlock: number
  readonly settle: (outcome: Mined | TransactorError) => void
}

interface MinedReceipt {
  readonly transactionHash: Hex32
  readonly blockNumber: Hex
  readonly blockHash: Hex32
  readonly status: Hex
}

/** Sends one account's transactions: on disk first, sent again after a restart, at a higher fee when stuck. */
export class Transactor implements Service {
  readonly #options: TransactorOptions
  readonly #deps: TransactorDeps
  readonly #wallet: Wallet
  readonly #inFlight = new Map<number, InFlight>()
  #nextNonce = 0
  #signing: Promise<unknown> = Promise.resolve()
  #watching: Promise<void> | undefined
  #isHeadNew = false
  #unwatch = () => {}
  #wake = () => {}
  #isStopped = false
  readonly #onSettled: (() => void)[] = []

  constructor(options: TransactorOptions, deps: TransactorDeps) {
    this.#options = options
    this.#deps = deps
    this.#wallet = new Wallet(`0x${Buffer.from(deps.key).toString('hex')}`)
  }

  get address(): Address {
    return this.#wallet.address.toLowerCase() as Address
  }

  async start(): Promise<void> {
    const { engine, journal } = this.#deps
    this.#nextNonce = await this.#minedCount()
    for (const transaction of await journal.all()) {
      this.#nextNonce = Math.max(this.#nextNonce, transaction.nonce + 1)
      // Whoever asked is gone with the process that died; the watch ends the entry.
      this.#inFlight.set(transaction.nonce, {
        transaction,
        sentAtBlock: engine.head.number,
        settle: () => {},
      })
      await this.#broadcast(transaction)
    }
    this.#unwatch = engine.onHead(() => this.#onHead())
    this.#onHead()
  }

  async stop(): Promise<void> {
    this.#unwatch()
    this.#isStopped = true
    this.#wake()
    await this.#signing.catch(() => {})
    await this.#watching
    for (const { settle } of this.#inFlight.values())
      settle(new TransactorError('stopped', { code: 'STOPPED' }))
    this.#inFlight.clear()
    for (const resolve of this.#onSettled.splice(0)) resolve()
    await this.#deps.journal.close()
  }

  /**
   * Resolves when the transaction is mined and final.
   *
   * @throws {TransactorError} `REVERTED`, `NONCE_TAKEN`, `STOPPED`
   */
  async send(call: Call): Promise<Mined> {
    const outcome = new Promise<Mined | TransactorError>((settle) => {
      // Nonces are handed out one after another, each on disk before the next.
      this.#signing = this.#signing.catch(() => {}).then(() => this.#submit(call, settle))
    })
    await this.#signing
    const settled = await outcome
    if (settled instanceof TransactorError) throw settled
    return settled
  }

  /** Resolves when nothing waits to be final, what a killed process left behind included. */
  async settled(): Promise<void> {
    while (this.#inFlight.size > 0 && !this.#isStopped) {
      await new Promise<void>((resolve) => this.#onSettled.push(resolve))
    }
  }

  async #submit(call: Call, settle: InFlight['settle']): Promise<void> {
    const { engine, journal } = this.#deps
    await this.#room(call.gasLimit)
    const nonce = this.#nextNonce
    const { value = 0n, ...rest } = call
    const unsigned = { ...rest, value: String(value), nonce, versions: [] }
    const transaction = await this.#sign(unsigned, await this.#fee())
    await journal.put(transaction)
    this.#nextNonce = nonce + 1
    this.#inFlight.set(nonce, { transaction, sentAtBlock: engine.head.number, settle })
    await this.#broadcast(transaction)
  }

  async #fee(): Promise<{ readonly maxFee: bigint; readonly tip: bigint }> {
    const block = await this.#deps.engine.request({
      method: 'eth_getBlockByNumber',
      params: ['latest', false],
    })
    const base = BigInt((block as { readonly baseFeePerGas: Hex }).baseFeePerGas)
    const tip = this.#options.tipWei
    // Room for six full blocks in a row, each of which raises the base fee by an eighth.
    return { maxFee: base * 2n + tip, tip }
  }

  async #sign(
    call: Pick<JournaledTransaction, 'to' | 'data' | 'gasLimit' | 'value' | 'nonce' | 'versions'>,
    { maxFee, tip }: { readonly maxFee: bigint; readonly tip: bigint },
  ): Promise<JournaledTransaction> {
    const { to, data, gasLimit, value = '0', nonce, versions } = call
    const raw = (await this.#wallet.signTransaction({
      type: 2,
      chainId: this.#deps.engine.info.chainId,
      nonce,
      to,
      data,
      value: BigInt(value),
      gasLimit,
      maxFeePerGas: maxFee,
      maxPriorityFeePerGas: tip,
    })) as Hex
    const hash = keccak256(raw) as Hex
    return {
      to,
      data,
      gasLimit,
      value,
      nonce,
      maxFee: String(maxFee),
      tip: String(tip),
      versions: [...versions, { hash, raw }],
    }
  }

  async #broadcast({ versions }: JournaledTransaction): Promise<void> {
    const newest = versions.at(-1)
    if (newest === undefined) return
    // Known, mined or refused already: the watch finds out which, and sends again if it got lost.
    await this.#deps.engine
      .request({ method: 'eth_sendRawTransaction', params: [newest.raw] })
      .catch((err: unknown) => {
        this.#deps.log.debug({ err }, 'transaction not taken')
      })
  }

  #onHead(): void {
    this.#isHeadNew = true
    this.#watching ??= this.#watch().finally(() => {
      this.#watching = undefined
    })
  }

  async #watch(): Promise<void> {
    while (this.#isHeadNew) {
      this.#isHeadNew = false
      const head = this.#deps.engine.head
      const mined = await this.#minedCount().catch(() => 0)
      for (const [nonce, entry] of [...this.#inFlight]) {
        await this.#follow(nonce, entry, head, mined).catch((err: unknown) => {
          this.#deps.log.warn({ err }, 'transaction not followed')
        })
      }
    }
  }

  async #follow(nonce: number, entry: InFlight, head: Head, minedCount: number): Promise<void> {
    if (nonce < minedCount) {
      const receipt = await this.#receiptOf(entry.transaction)
      if (receipt === undefined) {
        // Perhaps only on a branch that is left again: for good once the count is final.
        if (nonce >= (await this.#minedCount(head.finalNumber))) return
        await this.#end(
          nonce,
          entry,
          new TransactorError('nonce used by another', { code: 'NONCE_TAKEN', nonce }),
        )
      } else if (Number(receipt.blockNumber) <= head.finalNumber) {
        await this.#end(nonce, entry, outcomeOf(receipt))
      }
      return
    }
    const waited = head.number - entry.sentAtBlock
    if (waited < this.#options.stuckBlocks) {
      // A pool lives in memory and may have lost it.
      if (waited > 0) await this.#broadcast(entry.transaction)
      return
    }
    const raised = (wei: string) => (BigInt(wei) * 5n) / 4n
    const { transaction } = entry
    entry.transaction = await this.#sign(transaction, {
      maxFee: raised(transaction.maxFee),
      tip: raised(transaction.tip),
    })
    entry.sentAtBlock = head.number
    await this.#deps.journal.put(entry.transaction)
    await this.#broadcast(entry.transaction)
    this.#deps.log.warn(
      { nonce, versions: entry.transaction.versions.length },
      'transaction replaced at a higher fee',
    )
  }

  async #receiptOf({ versions }: JournaledTransaction): Promise<MinedReceipt | undefined> {
    for (const { hash } of versions.toReversed()) {
      const receipt = await this.#deps.engine.request({ method: 'eth_getTransactionReceipt', params: [hash] })
      if (receipt !== null && receipt !== undefined) return receipt as MinedReceipt
    }
    return undefined
  }

  async #end(nonce: number, { settle }: InFlight, outcome: Mined | TransactorError): Promise<void> {
    await this.#deps.journal.remove(nonce)
    this.#inFlight.delete(nonce)
    settle(outcome)
    this.#wake()
    for (const resolve of this.#onSettled.splice(0)) resolve()
  }

  // Called one after another, so that two that wait do not both take the same room.
  async #room(gasLimit: number): Promise<void> {
    const inFlight = () =>
      [...this.#inFlight.values()].reduce((sum, { transaction }) => sum + transaction.gasLimit, 0)
    // One always goes, however large.
    while (this.#inFlight.size > 0 && inFlight() + gasLimit > this.#options.gasInFlight) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
      if (this.#isStopped) throw new TransactorError('stopped', { code: 'STOPPED' })
    }
  }

  async #minedCount(at?: number): Promise<number> {
    const count = await this.#deps.engine.request({
      method: 'eth_getTransactionCount',
      params: [this.address, at === undefined ? 'latest' : `0x${at.toString(16)}`],
    })
    return Number(count)
  }
}

function outcomeOf({
  status,
  transactionHash,
  blockNumber,
  blockHash,
}: MinedReceipt): Mined | TransactorError {
  if (status !== '0x1') {
    return new TransactorError('reverted', { code: 'REVERTED', transaction: transactionHash })
  }
  return { hash: transactionHash, blockNumber: Number(blockNumber), blockHash }
}
