import type { UnixMs } from '@hygeia/protocol/units'
import type { Clock } from '@hygeia/runtime/clock'
import type { Service } from '@hygeia/runtime/lifecycle'
import type { Logger } from 'pino'
import type { ChainInfo, Head } from '../engine.ts'
import { ChainError } from '../errors.ts'
import type { Call } from '../json-rpc/answer-body.ts'
import { RpcServer } from '../json-rpc/server.ts'
import { type ChainCrypto, loadCrypto } from './crypto.ts'
import { type ChainSpec, genesisBlock, readGenesis } from './genesis.ts'
import { DEFAULT_POOL_LIMITS, type PoolLimits, TxPool } from './pool/pool.ts'
import type { RpcContext } from './rpc/context.ts'
import { methodTable } from './rpc/dispatch.ts'
import { data } from './rpc/hex.ts'
import { Sealer } from './sealer/sealer.ts'
import { blockHashes } from './state/block-hashes.ts'
import { StateViews } from './state/views.ts'
import { ChainStore } from './store/chain.ts'
import type { Header } from './store/header.ts'
import { LevelFile } from './store/level.ts'
import { StoredNodes } from './store/nodes.ts'

/** Trie nodes kept in memory: the whole state of a small hospital. */
const NODE_CACHE_BYTES = 32 * 1024 * 1024

export interface ValidatorOptions {
  readonly dir: string
  /** geth's genesis JSON. */
  readonly genesis: unknown
  /** 32 bytes. */
  readonly signerKey: Uint8Array
  readonly rpc: { readonly host: string; readonly port: number }
  readonly pool?: Partial<PoolLimits> | undefined
}

export interface ValidatorDeps {
  readonly clock: Clock
  readonly log: Logger
  readonly onHead: (head: Head, nextBuildAt: UnixMs) => void
}

/** The whole embedded chain on one thread: store, pool, sealer and JSON-RPC. */
export class Validator implements Service {
  readonly info: ChainInfo
  readonly call: Call
  readonly #level: LevelFile
  readonly #store: ChainStore
  readonly #sealer: Sealer
  readonly #server: RpcServer

  private constructor(parts: {
    info: ChainInfo
    call: Call
    level: LevelFile
    store: ChainStore
    sealer: Sealer
    server: RpcServer
  }) {
    this.info = parts.info
    this.call = parts.call
    this.#level = parts.level
    this.#store = parts.store
    this.#sealer = parts.sealer
    this.#server = parts.server
  }

  /**
   * Open the chain, or begin it. Nothing is sealed before `start`.
   *
   * @throws {ChainError} whatever keeps this chain from being run with this key
   */
  static async open(options: ValidatorOptions, deps: ValidatorDeps): Promise<Validator> {
    const { clock, log } = deps
    const crypto = await loadCrypto()
    const spec = readGenesis(options.genesis, crypto)
    checkSigner(spec, options.signerKey, crypto)
    const genesis = await genesisBlock(spec, crypto)

    const level = new LevelFile(options)
    await level.open()
    try {
      const store = new ChainStore({
        level,
        nodes: new StoredNodes({ level, cacheBytes: NODE_CACHE_BYTES }),
        crypto,
      })
      await store.open(options.dir, { genesis, rules: rulesOf(spec) })
      const views = new StateViews({ store, common: spec.execution, crypto })
      const pool = new TxPool(
        { ...DEFAULT_POOL_LIMITS, ...options.pool },
        {
          common: spec.execution,
          blockGasLimit: spec.gasLimit,
          headNumber: () => store.head.number,
          async accountAt(address) {
            const view = await views.head()
            const account = await view.account(Buffer.from(address.slice(2), 'hex'))
            return { nonce: account?.nonce ?? 0n, balance: account?.balance ?? 0n }
          },
        },
      )
      const context: RpcContext = { spec, store, pool, views, crypto }
      const call = methodTable(context, { clock })
      const sealer = new Sealer({
        spec,
        secretKey: options.signerKey,
        store,
        pool,
        world: { common: spec.execution, nodes: store.nodes, blockchain: blockHashes(store) },
        crypto,
        clock,
        log,
        onHead: (header, at, nextBuildAt) => deps.onHead(toHead(header, at), nextBuildAt),
      })
      return new Validator({
        info: describe(spec, genesis.header),
        call,
        level,
        store,
        sealer,
        server: new RpcServer(options.rpc, { call }),
      })
    } catch (cause) {
      await level.close()
      throw cause
    }
  }

  async start(): Promise<void> {
    await this.#server.start()
    await this.#sealer.start()
  }

  /** Ends after the block that is being written, if any. */
  async stop(): Promise<void> {
    await this.#sealer.stop()
    await this.#server.stop()
    await this.#level.close()
  }

  get rpcUrl(): string {
    return this.#server.url
  }

  head(at: UnixMs): Head {
    return toHead(this.#store.head, at)
  }

  nextBuildAt(): UnixMs {
    return this.#sealer.nextBuildAt()
  }
}

function checkSigner(spec: ChainSpec, signerKey: Uint8Array, crypto: ChainCrypto): void {
  const key = data(crypto.addressOf(signerKey))
  const signers = spec.signers.map(data)
  if (signers.length !== 1 || signers[0] !== key) {
    throw new ChainError(
      `the embedded engine seals alone as ${key}, but the genesis names ${signers.join(', ')}`,
      {
        code: 'NOT_THE_SIGNER',
        signers,
        key,
      },
    )
  }
}

function rulesOf({ chainId, periodSec, epoch }: ChainSpec): string {
  return `chain ${chainId} period ${periodSec} epoch ${epoch}`
}

function describe(spec: ChainSpec, genesis: Header): ChainInfo {
  return {
    engine: 'embedded',
    chainId: spec.chainId,
    genesisHash: data(genesis.hash),
    signers: spec.signers.map(data),
    periodSec: spec.periodSec,
    epoch: spec.epoch,
    singleSigner: true,
  }
}

function toHead(header: Header, at: UnixMs): Head {
  return {
    number: header.number,
    hash: data(header.hash),
    timestamp: header.timestamp,
    at,
    finalNumber: header.number,
  }
}
