import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { UnixMs } from '@hygeia/protocol/units'
import type { Logger } from 'pino'
import type { ChainEngine, ChainInfo, Finality, Head, RpcRequest } from '../engine.ts'
import { ChainError, RpcError } from '../errors.ts'
import type { FromWorker, ToWorker, WorkerStart } from './messages.ts'
import type { PoolLimits } from './pool/pool.ts'

export interface EmbeddedChainOptions {
  /** Directory of its own; made when it is not there. */
  readonly dir: string
  /** geth's genesis JSON with Clique, one signer, and London from block 0. */
  readonly genesis: unknown
  /** Key of the one signer that the genesis names: 32 bytes. */
  readonly signerKey: Uint8Array
  /** Where JSON-RPC listens; loopback, for it asks nobody who they are. Port 0 takes any free one. */
  readonly rpc: { readonly host: string; readonly port: number }
  readonly pool?: Partial<PoolLimits>
  /**
   * Seconds since the Unix epoch: heights up to what could have been sealed until then are passed before anything is
   * put into a block. For a chain whose newest blocks were lost.
   */
  readonly fillUntil?: number | undefined
}

export interface EmbeddedChainDeps {
  readonly log: Logger
  /** The engine ended by itself after it had started. */
  readonly onFault: (cause: unknown) => void
}

interface Waiting {
  resolve(result: unknown): void
  reject(cause: unknown): void
}

/** Clique with a single signer, sealed in a worker thread of this process, so that a full block delays nobody here. */
export class EmbeddedChain implements ChainEngine {
  readonly finality: Finality = { rule: 'head' }
  readonly #options: EmbeddedChainOptions
  readonly #deps: EmbeddedChainDeps
  readonly #listeners = new Set<(head: Head) => void>()
  readonly #waiting = new Map<number, Waiting>()
  #worker: Worker | undefined
  #running: (FromWorker & { kind: 'started' }) | undefined
  #head: Head | undefined
  #nextBuildAt = 0 as UnixMs
  #calls = 0
  #isStopping = false

  constructor(options: EmbeddedChainOptions, deps: EmbeddedChainDeps) {
    this.#options = options
    this.#deps = deps
  }

  /** @throws {ChainError} whatever keeps this chain from being run here with this key */
  async start(): Promise<void> {
    const { pool, ...options } = this.#options
    const workerData: WorkerStart = { ...options, pool }
    const worker = new Worker(new URL('./worker.ts', import.meta.url), { workerData, name: 'chain' })
    this.#worker = worker
    await new Promise<void>((resolve, reject) => {
      worker.on('message', (message: FromWorker) => {
        if (message.kind === 'started') {
          this.#running = message
          this.#head = message.head
          this.#nextBuildAt = message.nextBuildAt
          resolve()
        } else if (message.kind === 'refused') {
          reject(new ChainError(message.message, message.detail))
        } else this.#receive(message)
      })
      worker.once('error', (cause) => {
        reject(cause)
        this.#ended(cause)
      })
      worker.once('exit', () => {
        reject(down())
        this.#ended(down())
      })
    })
    const { info, head, rpcUrl } = this.#started
    this.#deps.log.info({ chainId: info.chainId, block: head.number, rpcUrl }, 'embedded chain runs')
  }

  async stop(): Promise<void> {
    this.#isStopping = true
    const worker = this.#worker
    if (worker === undefined || worker.threadId === -1) return
    const exited = once(worker, 'exit')
    this.#tell({ kind: 'stop' })
    await exited
  }

  get info(): ChainInfo {
    return this.#started.info
  }

  get rpcUrl(): string {
    return this.#started.rpcUrl
  }

  get head(): Head {
    return this.#head ?? this.#started.head
  }

  nextBlockAt(): UnixMs {
    return this.#nextBuildAt
  }

  onHead(listener: (head: Head) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Nobody else seals: nothing is ever replaced. */
  onReorganised(): () => void {
    return () => {}
  }

  request({ method, params = [] }: RpcRequest): Promise<unknown> {
    if (this.#running === undefined) return Promise.reject(down())
    const id = this.#calls++
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject })
      this.#tell({ kind: 'call', id, method, params })
    })
  }

  get #started(): FromWorker & { kind: 'started' } {
    if (this.#running === undefined) throw down()
    return this.#running
  }

  #tell(message: ToWorker): void {
    this.#worker?.postMessage(message)
  }

  #receive(message: Exclude<FromWorker, { kind: 'started' | 'refused' }>): void {
    switch (message.kind) {
      case 'head':
        this.#head = message.head
        this.#nextBuildAt = message.nextBuildAt
        for (const listener of this.#listeners) listener(message.head)
        break
      case 'result':
        this.#take(message.id)?.resolve(message.result)
        break
      case 'failure':
        this.#take(message.id)?.reject(new RpcError(message.error.message, message.error))
        break
      case 'log':
        relog(this.#deps.log, message.line)
        break
    }
  }

  #take(id: number): Waiting | undefined {
    const waiting = this.#waiting.get(id)
    this.#waiting.delete(id)
    return waiting
  }

  /** The worker is gone: nobody will answer what is waiting. Told as a fault only when it had been running. */
  #ended(cause: unknown): void {
    const wasRunning = this.#running !== undefined
    this.#running = undefined
    for (const waiting of this.#waiting.values()) waiting.reject(down())
    this.#waiting.clear()
    if (wasRunning && !this.#isStopping) this.#deps.onFault(cause)
  }
}

/** Open the chain in `options.dir`, or begin it there, and seal on. */
export async function openEmbeddedChain(
  options: EmbeddedChainOptions,
  deps: EmbeddedChainDeps,
): Promise<EmbeddedChain> {
  const chain = new EmbeddedChain(options, deps)
  await chain.start()
  return chain
}

function down(): ChainError {
  return new ChainError('the chain engine is not running', { code: 'CHAIN_DOWN' })
}

/** Write a line of the worker's logger with the engine's. */
function relog(log: Logger, line: string): void {
  const { level, msg, ...facts } = JSON.parse(line) as { level: number; msg: string }
  if (level >= 50) log.error(facts, msg)
  else if (level >= 40) log.warn(facts, msg)
  else if (level >= 30) log.info(facts, msg)
  else log.debug(facts, msg)
}
