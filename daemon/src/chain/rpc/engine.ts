import type { UnixMs } from '@hygeia/protocol/units'
import { Backoff } from '@hygeia/runtime/backoff'
import { type Clock, sleep } from '@hygeia/runtime/clock'
import type { Logger } from '@hygeia/runtime/log'
import { z } from 'zod'
import { type Consensus, consensusOf } from '../consensus.ts'
import type { ChainEngine, ChainInfo, Finality, Head, Reorganisation, RpcRequest } from '../engine.ts'
import { ChainError } from '../errors.ts'
import { down } from '../json-rpc/answer.ts'
import type { RpcTransport } from '../json-rpc/transport.ts'
import { HeadFollower } from './follower.ts'
import type { FinalPin } from './pin.ts'
import { CliqueRule, QbftRule, type Rule } from './rules.ts'

export interface RpcChainOptions {
  /** What `info` calls it. */
  readonly engine: 'rpc' | 'geth'
  /** Where others on this machine reach the node; without credentials. */
  readonly rpcUrl: string
  /** JSON of the consortium's genesis, which the node must have begun with. */
  readonly genesis: unknown
  /** How long before a block is due the node picks its transactions, ms. */
  readonly pickMs: number
}

export interface RpcChainDeps {
  readonly transport: RpcTransport
  /** What this hospital took for final, over restarts. */
  readonly pin: FinalPin
  readonly clock: Clock
  readonly log: Logger
}

/** How long a start waits for a node that does not answer yet. */
const PATIENCE_MS = 60_000
/** How long a start waits for a node that has to fetch blocks from others. */
const CATCH_UP_MS = 600_000
/** The same for one that seals alone by what it has: a disk that was restored begins with the first signer only. */
const ALONE_MS = 20_000
const BEHIND_POLL_MS = 500
const MIN_POLL_MS = 50
const MAX_POLL_MS = 100

const Genesis = z.looseObject({ extraData: z.string(), timestamp: z.string() })
const Header = z.looseObject({ hash: z.string() })
const Block0 = z.looseObject({
  hash: z.string().regex(/^0x[0-9a-f]{64}$/),
  extraData: z.string(),
  timestamp: z.string(),
})

/** A chain that some node runs, by JSON-RPC: the node is asked, and believed as little as can be. */
export class RpcChain implements ChainEngine {
  readonly #options: RpcChainOptions
  readonly #deps: RpcChainDeps
  readonly #consensus: Consensus
  readonly #rule: Rule
  readonly #follower: HeadFollower
  readonly #heads = new Set<(head: Head) => void>()
  readonly #turns = new Set<(reorganisation: Reorganisation) => void>()
  readonly #abort = new AbortController()
  #info: ChainInfo | undefined
  #genesisHash = ''
  #pinned = -1

  /** @throws {ChainError} `GENESIS_UNUSABLE` */
  constructor(options: RpcChainOptions, deps: RpcChainDeps) {
    this.#options = options
    this.#deps = deps
    this.#consensus = consensusOf(options.genesis)
    const { transport } = deps
    this.#rule = this.#consensus.kind === 'clique' ? new CliqueRule(transport) : new QbftRule(transport)
    const pollMs = Math.min(MAX_POLL_MS, Math.max(MIN_POLL_MS, this.#consensus.periodSec * 10))
    this.#follower = new HeadFollower(
      { pollMs },
      {
        ...deps,
        rule: this.#rule,
        onFinal: (final) => this.#keep(final),
        onHead: (head) => {
          for (const listener of this.#heads) listener(head)
        },
        onReorganised: (reorganisation) => {
          if (reorganisation.isPastFinality) this.#pinned = -1
          for (const listener of this.#turns) listener(reorganisation)
        },
      },
    )
  }

  /** @throws {ChainError} `CHAIN_DOWN`, `GENESIS_DIFFERS`, `RPC_UNUSABLE`, `FINAL_BLOCK_DIFFERS` */
  async start(): Promise<void> {
    const genesisHash = await this.#ask(() => this.#checkGenesis())
    this.#genesisHash = genesisHash
    await this.#rule.open().catch((cause: unknown) => {
      const namespace = this.#consensus.kind
      throw new ChainError(
        `the chain's node does not say who seals: let it serve the ${namespace} methods beside eth, net and debug`,
        { code: 'RPC_UNUSABLE', url: this.#options.rpcUrl, missing: namespace },
        { cause },
      )
    })
    await this.checkFinal()
    await this.#follower.start()
    const { chainId, periodSec } = this.#consensus
    const epoch = this.#consensus.kind === 'clique' ? { epoch: this.#consensus.epoch } : {}
    const { signers } = this.#rule
    const { engine } = this.#options
    const singleSigner = signers.length === 1
    this.#info = { engine, chainId, genesisHash, signers, periodSec, ...epoch, singleSigner }
    const { number, finalNumber } = this.head
    this.#deps.log.info(
      { engine, chainId, block: number, final: finalNumber, signers },
      'the chain is followed',
    )
  }

  /**
   * Resolves when the node's chain holds the block that was final for this hospital; a node that is behind is waited for
   * while other validators may have what it lacks.
   *
   * @throws {ChainError} `FINAL_BLOCK_DIFFERS`
   */
  async checkFinal(): Promise<void> {
    const { pin, transport, clock, log } = this.#deps
    const final = await pin.read()
    if (final === undefined) return
    const { number, hash: wanted } = final
    const began = clock.monotonic()
    for (let isTold = false; ; isTold = true) {
      const block = await this.#ask(() => transport.call('eth_getBlockByNumber', [toQuantity(number), false]))
      const held = block === null ? undefined : Header.parse(block).hash
      if (held === wanted) return
      const waitMs = held === undefined && (await this.#hasOthers()) ? CATCH_UP_MS : ALONE_MS
      const mayComeYet = held === undefined && clock.monotonic() - began < waitMs
      if (!mayComeYet) {
        throw new ChainError(
          `block ${number}, which this hospital took for final, is ${held === undefined ? 'missing' : 'another one'} ` +
            `on the node's chain: nothing is sealed or receipted on it. See docs/chain.md, "A final block differs"`,
          { code: 'FINAL_BLOCK_DIFFERS', pin: pin.path, number, wanted, held },
        )
      }
      if (!isTold) log.warn({ number }, 'the node is behind what was final, waiting for it to catch up')
      await sleep(clock, BEHIND_POLL_MS, this.#abort.signal)
    }
  }

  /** Whether somebody may have blocks that the node lacks. */
  async #hasOthers(): Promise<boolean> {
    if (this.#rule.signers.length > 1) return true
    return Number(await this.#ask(() => this.#deps.transport.call('net_peerCount', []))) > 0
  }

  async stop(): Promise<void> {
    this.#abort.abort()
    // A node that is frozen keeps the follower waiting until its way there is closed.
    const stopped = this.#follower.stop()
    await this.#deps.transport.close()
    await stopped
  }

  get info(): ChainInfo {
    if (this.#info === undefined) throw down('it was not asked yet')
    return this.#info
  }

  get finality(): Finality {
    return this.#rule.finality
  }

  get rpcUrl(): string {
    return this.#options.rpcUrl
  }

  get head(): Head {
    const { head } = this.#follower
    if (head === undefined) throw down('it was not asked yet')
    return head
  }

  /** Addresses that may seal now. */
  get signers(): readonly string[] {
    return this.#rule.signers
  }

  nextBlockAt(): UnixMs {
    const due = (this.head.timestamp + this.#consensus.periodSec) * 1_000
    return (due - this.#options.pickMs) as UnixMs
  }

  onHead(listener: (head: Head) => void): () => void {
    this.#heads.add(listener)
    return () => this.#heads.delete(listener)
  }

  onReorganised(listener: (reorganisation: Reorganisation) => void): () => void {
    this.#turns.add(listener)
    return () => this.#turns.delete(listener)
  }

  request({ method, params = [] }: RpcRequest): Promise<unknown> {
    return this.#deps.transport.call(method, params)
  }

  async #keep({ number, hash }: { number: number; hash: string }): Promise<void> {
    if (number <= this.#pinned) return
    await this.#deps.pin.write({ genesisHash: this.#genesisHash, number, hash })
    this.#pinned = number
  }

  /** Ask a node that may just be starting. */
  async #ask<T>(question: () => Promise<T>): Promise<T> {
    const { clock } = this.#deps
    const backoff = new Backoff({ firstMs: 100, limitMs: 2_000 })
    const until = clock.monotonic() + PATIENCE_MS
    for (;;) {
      try {
        return await question()
      } catch (cause) {
        const isDown = cause instanceof ChainError && cause.code === 'CHAIN_DOWN'
        if (!isDown || clock.monotonic() > until) throw cause
        await sleep(clock, backoff.nextMs(), this.#abort.signal)
      }
    }
  }

  async #checkGenesis(): Promise<string> {
    const { transport } = this.#deps
    const { rpcUrl, genesis } = this.#options
    const genesisHash = (await this.#deps.pin.read())?.genesisHash
    const chainId = Number(await transport.call('eth_chainId', []))
    const block = Block0.parse(await transport.call('eth_getBlockByNumber', ['0x0', false]))
    const wanted = Genesis.parse(genesis)
    const isSame =
      chainId === this.#consensus.chainId &&
      block.extraData.toLowerCase() === wanted.extraData.toLowerCase() &&
      BigInt(block.timestamp) === BigInt(wanted.timestamp) &&
      (genesisHash === undefined || genesisHash === block.hash)
    if (isSame) return block.hash
    throw new ChainError(
      `the node at ${rpcUrl} runs another chain (${chainId}) than this hospital's genesis begins: ` +
        'give the URL of a node of the consortium',
      {
        code: 'GENESIS_DIFFERS',
        dir: rpcUrl,
        held: `chain ${chainId} ${block.hash}`,
        wanted: `chain ${this.#consensus.chainId} ${genesisHash ?? ''}`.trim(),
      },
    )
  }
}

const toQuantity = (number: number) => `0x${number.toString(16)}`
