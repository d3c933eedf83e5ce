import { rm } from 'node:fs/promises'
import type { UnixMs } from '@hygeia/protocol/units'
import { writeAtomic } from '@hygeia/runtime/atomic-write'
import { Backoff } from '@hygeia/runtime/backoff'
import { type Clock, sleep } from '@hygeia/runtime/clock'
import { ServiceStack } from '@hygeia/runtime/lifecycle'
import type { Logger } from '@hygeia/runtime/log'
import { computeAddress, hexlify } from 'ethers'
import { Supervisor } from '../../engines/supervisor.ts'
import { consensusOf } from '../consensus.ts'
import type { ChainEngine, ChainInfo, Finality, Head, Reorganisation, RpcRequest } from '../engine.ts'
import { ChainError, RpcError } from '../errors.ts'
import { down } from '../json-rpc/answer.ts'
import { IpcTransport } from '../json-rpc/ipc.ts'
import { RpcServer } from '../json-rpc/server.ts'
import { RpcChain } from '../rpc/engine.ts'
import type { FinalPin } from '../rpc/pin.ts'
import { configToml, type GethOptions, runArguments } from './arguments.ts'
import { type GethFolder, gethFolder } from './folder.ts'
import { relogGeth } from './log-line.ts'
import { beginChain, writeGethFiles } from './prepare.ts'
import { lastLookAt } from './recommit.ts'
import { served } from './served.ts'
import { StaleLinks } from './stale-links.ts'

export interface GethChainOptions
  extends Omit<GethOptions, 'chainId' | 'periodSec' | 'validator'>,
    Pick<GethOptions, 'cacheMb'> {
  /** Path of geth 1.13.15. */
  readonly binary: string
  /** Folder of its own; made when it is not there. */
  readonly dir: string
  readonly genesis: unknown
  /** 32 bytes. */
  readonly validatorKey: Uint8Array
  /** Where JSON-RPC listens for programs on this machine. Port 0 takes any free one. */
  readonly rpc: { readonly host: string; readonly port: number }
}

export interface GethChainDeps {
  readonly pin: FinalPin
  readonly clock: Clock
  readonly log: Logger
  /** The chain differs from what was final: the daemon must not go on. */
  readonly onFault: (cause: unknown) => void
}

/** geth writes its caches when it ends. */
const PATIENCE_MS = 60_000
/** Scrypt on a busy machine takes a while. */
const UNLOCK_LIMIT_MS = 30_000
const UNLOCK_POLL_MS = 20
/** Clique by geth, which runs as a child of the daemon and seals as the hospital's validator. */
export class GethChain implements ChainEngine {
  readonly #options: GethChainOptions
  readonly #deps: GethChainDeps
  readonly #folder: GethFolder
  readonly #validator: string
  readonly #transport: IpcTransport
  readonly #peers: Set<string>
  readonly #chain: RpcChain
  readonly #staleLinks: StaleLinks
  readonly #stack = new ServiceStack()
  readonly #abort = new AbortController()
  #supervisor: Supervisor | undefined
  #server: RpcServer | undefined
  #sealing: Promise<void> = Promise.resolve()
  #adding: Promise<void> = Promise.resolve()
  #enode = ''
  #isSealing = false
  /** Whether the running geth was held against what was final. */
  #isUp = true

  /** @throws {ChainError} `GENESIS_UNUSABLE` */
  constructor(options: GethChainOptions, deps: GethChainDeps) {
    this.#options = options
    this.#deps = deps
    this.#folder = gethFolder(options.dir)
    this.#peers = new Set(options.peers)
    this.#validator = computeAddress(hexlify(options.validatorKey)).toLowerCase()
    this.#transport = new IpcTransport({ path: this.#folder.ipc })
    this.#staleLinks = new StaleLinks((method, params) => this.#transport.call(method, params))
    this.#chain = new RpcChain(
      { engine: 'geth', rpcUrl: this.#folder.ipc, genesis: options.genesis, pickMs: 0 },
      { ...deps, transport: this.#transport },
    )
  }

  /** @throws {ChainError} whatever keeps this chain from being gone on with here */
  async start(): Promise<void> {
    const { binary, genesis, validatorKey, rpc } = this.#options
    const { clock, log } = this.#deps
    const { kind, chainId, periodSec } = consensusOf(genesis)
    if (kind !== 'clique') {
      const problem = 'config: geth seals Clique only'
      throw new ChainError(`the genesis cannot be run by geth: ${problem}`, {
        code: 'GENESIS_UNUSABLE',
        problem,
      })
    }
    const options = { ...this.#options, chainId, periodSec, validator: this.#validator }
    this.#enode = await writeGethFiles(this.#folder, options, { genesis, validatorKey })
    await beginChain(binary, this.#folder)
    this.#supervisor = await this.#stack.add(
      new Supervisor(
        {
          name: 'geth',
          command: binary,
          args: runArguments(this.#folder, options),
          env: { HOME: this.#folder.dir },
          cwd: this.#folder.dir,
          patienceMs: PATIENCE_MS,
        },
        { clock, log, onLine: (line) => relogGeth(log, line), onRestarted: () => this.#sealAgain() },
      ),
    )
    await this.#stack.add(this.#chain)
    await this.#align()
    if (!this.#isSealing)
      log.warn(
        { validator: this.#validator },
        'this hospital is no validator yet: a majority has to vote it in',
      )
    // Voted in or out, from the block that says so.
    this.#chain.onHead(() => {
      if (this.#isUp) this.#align().catch((err: unknown) => log.warn({ err }, 'sealing not changed'))
    })
    const call = served((method, params) => this.#transport.call(method, params))
    this.#server = await this.#stack.add(new RpcServer(rpc, { call }))
    log.info({ enode: this.#enode, validator: this.#validator }, 'geth runs')
  }

  async stop(): Promise<void> {
    this.#abort.abort()
    await this.#stack.stop()
    await this.#sealing
    await rm(this.#folder.password, { force: true })
  }

  get info(): ChainInfo {
    return this.#chain.info
  }

  get finality(): Finality {
    return this.#chain.finality
  }

  get rpcUrl(): string {
    if (this.#server === undefined) throw down('it was not started')
    return this.#server.url
  }

  get head(): Head {
    return this.#chain.head
  }

  /** URL under which other hospitals' nodes reach this one. */
  get enode(): string {
    return this.#enode
  }

  async addPeer(enode: string): Promise<void> {
    // One after the other: each writes the whole configuration.
    const adding = this.#adding.then(() => this.#addPeer(enode))
    this.#adding = adding.catch(() => {})
    await adding
  }

  async #addPeer(enode: string): Promise<void> {
    if (this.#peers.has(enode) || enode === this.#enode) return
    const peers = [...this.#peers, enode]
    // For a geth that is started again.
    await writeAtomic(this.#folder.config, configToml({ p2p: this.#options.p2p, peers }))
    await this.#transport.call('admin_addPeer', [enode])
    await this.#transport.call('admin_addTrustedPeer', [enode])
    this.#peers.add(enode)
    this.#deps.log.info({ enode }, 'another hospital’s geth is a peer')
  }

  async peerAway(enode: string): Promise<void> {
    await this.#staleLinks.suspect(enode)
  }

  async peerBack(enode: string): Promise<void> {
    if (await this.#staleLinks.renew(enode)) this.#deps.log.info({ enode }, 'connection to a geth made anew')
  }

  /** geth's process; undefined while it does not run. */
  get pid(): number | undefined {
    return this.#supervisor?.pid
  }

  nextBlockAt(): UnixMs {
    return lastLookAt(this.head, this.info.periodSec)
  }

  onHead(listener: (head: Head) => void): () => void {
    return this.#chain.onHead(listener)
  }

  onReorganised(listener: (reorganisation: Reorganisation) => void): () => void {
    return this.#chain.onReorganised(listener)
  }

  request(call: RpcRequest): Promise<unknown> {
    return this.#chain.request(call)
  }

  /**
   * Seal if this hospital is a validator, and not if it is none: geth would complain at every block. Only after the chain was
   * held against what was final: a node that lost blocks would seal others in their place.
   */
  async #align(): Promise<void> {
    const { log } = this.#deps
    const validator = this.#validator
    const maySeal = this.#chain.signers.includes(validator)
    if (maySeal === this.#isSealing) return
    if (maySeal) await this.#unlocked()
    await this.#transport.call(maySeal ? 'miner_start' : 'miner_stop', [])
    this.#isSealing = maySeal
    if (maySeal) log.info({ validator }, 'this hospital seals blocks')
    else log.warn({ validator }, 'this hospital is no validator any more: it follows the chain')
  }

  /**
   * geth answers before it has unlocked the validator, and a block that cannot be signed is not tried again: alone, it would
   * never seal another one.
   */
  async #unlocked(): Promise<void> {
    const { clock } = this.#deps
    const until = clock.monotonic() + UNLOCK_LIMIT_MS
    for (;;) {
      try {
        await this.#transport.call('eth_sign', [this.#validator, '0x00'])
        return
      } catch (cause) {
        if (!(cause instanceof RpcError) || clock.monotonic() > until) throw cause
        await sleep(clock, UNLOCK_POLL_MS, this.#abort.signal)
      }
    }
  }

  /** geth came back by itself: the same looks as at the start, in the background. */
  #sealAgain(): void {
    this.#isUp = false
    this.#sealing = this.#sealing.then(() => this.#checkAndSeal())
  }

  async #checkAndSeal(): Promise<void> {
    const { clock, onFault } = this.#deps
    const { signal } = this.#abort
    const backoff = new Backoff({ firstMs: 200, limitMs: 5_000 })
    while (!signal.aborted) {
      try {
        await this.#chain.checkFinal()
        this.#isSealing = false
        await this.#align()
        this.#isUp = true
        return
      } catch (cause) {
        if (signal.aborted) return
        if (cause instanceof ChainError && cause.code === 'FINAL_BLOCK_DIFFERS') return onFault(cause)
        await sleep(clock, backoff.nextMs(), signal).catch(() => {})
      }
    }
  }
}
