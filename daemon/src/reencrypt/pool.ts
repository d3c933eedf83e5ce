import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { CAPSULE_BYTES } from '@hygeia/protocol/sealed/codec'
import type { FragKeys } from '@hygeia/protocol/umbral/kfrag'
import type { Service } from '@hygeia/runtime/lifecycle'
import type { Logger } from '@hygeia/runtime/log'
import { Counter, Gauge, type Registry } from 'prom-client'
import { METRICS } from '../metrics/names.ts'
import { ReencryptError } from './errors.ts'
import { CFRAG_BYTES, type FromWorker, type ToWorker, type WorkerStart } from './messages.ts'
import { FairQueue } from './queue.ts'

export interface PoolOptions {
  /** Threads; one for each core that is to be spent on this. */
  readonly workers: number
  /** Verified fragments that each thread keeps; 2,048 unless told, some 2 MB. */
  readonly cacheLimit?: number
  /** Most capsules that wait or are under way; 50,000 unless told. */
  readonly queueLimit?: number
}

export interface PoolDeps {
  readonly log: Logger
  readonly metrics: Registry
}

/** Capsules under one label, with the fragment that re-encrypts them. */
export interface Lot {
  readonly name: string
  readonly kfrag: Uint8Array
  readonly keys: FragKeys
  readonly capsules: readonly Uint8Array[]
}

type Answer<K extends FromWorker['kind']> = Extract<FromWorker, { kind: K }>
type Question = ToWorker extends infer T ? (T extends ToWorker ? Omit<T, 'id'> : never) : never

interface Thread {
  readonly worker: Worker
  readonly waiting: Map<number, { resolve(answer: FromWorker): void; reject(cause: unknown): void }>
}

/** Capsules in one message: 13 ms of work, so that turns change often and messages cost nothing. */
const PIECE = 16
/** Messages that a thread has at a time: one that it works on, and one so that it need not wait. */
const DEPTH = 2
const RETRY_SEC = 2

/** Threads that re-encrypt and verify fragments; each has an Umbral of its own. */
export class ReencryptPool implements Service {
  readonly #options: Required<PoolOptions>
  readonly #deps: PoolDeps
  readonly #threads: Thread[] = []
  readonly #queue = new FairQueue()
  readonly #cfrags: Counter
  #capsules = 0
  #ids = 0
  #isStopping = false

  constructor(options: PoolOptions, deps: PoolDeps) {
    this.#options = { cacheLimit: 2_048, queueLimit: 50_000, ...options }
    this.#deps = deps
    this.#cfrags = new Counter({
      ...METRICS.cfragsTotal,
      registers: [deps.metrics],
    })
    const queued: Gauge = new Gauge({
      ...METRICS.reencryptQueue,
      registers: [deps.metrics],
      collect: () => queued.set(this.#capsules),
    })
  }

  async start(): Promise<void> {
    while (this.#threads.length < this.#options.workers) this.#spawn()
    await Promise.all(this.#threads.map(({ worker }) => once(worker, 'online')))
  }

  async stop(): Promise<void> {
    this.#isStopping = true
    await Promise.all(this.#threads.map(({ worker }) => worker.terminate()))
  }

  /**
   * @returns the cfrags of each lot, joined, in the order of its capsules
   * @throws {ReencryptError} `PROXY_BUSY`
   */
  async reencrypt(lots: readonly Lot[]): Promise<readonly Uint8Array[]> {
    const count = lots.reduce((sum, { capsules }) => sum + capsules.length, 0)
    if (this.#capsules + count > this.#options.queueLimit && this.#capsules > 0) {
      throw new ReencryptError('the queue is full', { code: 'PROXY_BUSY', retryAfterSec: RETRY_SEC })
    }
    this.#capsules += count
    const job = {}
    try {
      return await Promise.all(lots.map((lot) => this.#reencryptLot(job, lot)))
    } finally {
      this.#queue.drop(job)
      this.#capsules -= count
    }
  }

  /** @returns index of the first fragment that is not genuine */
  async verify(
    frags: readonly { readonly kfrag: Uint8Array; readonly keys: FragKeys }[],
  ): Promise<number | undefined> {
    const job = {}
    const starts = Array.from({ length: Math.ceil(frags.length / PIECE) }, (_, piece) => piece * PIECE)
    const answers = await Promise.all(
      starts.map((start) =>
        this.#ask<'verified'>(job, { kind: 'verify', frags: frags.slice(start, start + PIECE) }),
      ),
    )
    const found = answers.findIndex(({ bad }) => bad !== undefined)
    return found === -1 ? undefined : found * PIECE + (answers[found]?.bad ?? 0)
  }

  /** Resolves when no thread holds a fragment of this grant any more. */
  async forget(grant: string): Promise<void> {
    await Promise.all(
      this.#threads.map((thread) => this.#tell(thread, { kind: 'forget', prefix: grant }).catch(() => {})),
    )
  }

  async #reencryptLot(job: object, { name, kfrag, keys, capsules }: Lot): Promise<Uint8Array> {
    const starts = Array.from({ length: Math.ceil(capsules.length / PIECE) }, (_, piece) => piece * PIECE)
    const all = new Uint8Array(capsules.length * CFRAG_BYTES)
    await Promise.all(
      starts.map(async (start) => {
        const piece = joined(capsules.slice(start, start + PIECE))
        const question = { kind: 'reencrypt', name, kfrag, keys, capsules: piece } as const
        const { cfrags } = await this.#ask<'cfrags'>(job, question)
        all.set(cfrags, start * CFRAG_BYTES)
      }),
    )
    this.#cfrags.inc(capsules.length)
    return all
  }

  /** Have any thread answer, when it is the job's turn. */
  #ask<K extends FromWorker['kind']>(job: object, question: Question): Promise<Answer<K>> {
    return new Promise((resolve, reject) => {
      const run = () => {
        const thread = this.#idlest()
        if (thread === undefined) return reject(new Error('no worker thread'))
        this.#tell(thread, question)
          .then((answer) => resolve(answer as Answer<K>), reject)
          .finally(() => this.#advance())
      }
      this.#queue.push({ job, run })
      this.#advance()
    })
  }

  #advance(): void {
    while (this.#queue.length > 0) {
      const thread = this.#idlest()
      if (thread === undefined || thread.waiting.size >= DEPTH) return
      this.#queue.take()?.run()
    }
  }

  #idlest(): Thread | undefined {
    return this.#threads.toSorted((left, right) => left.waiting.size - right.waiting.size)[0]
  }

  #tell(thread: Thread, question: Question): Promise<FromWorker> {
    const id = this.#ids++
    return new Promise((resolve, reject) => {
      thread.waiting.set(id, { resolve, reject })
      const transfer = question.kind === 'reencrypt' ? [question.capsules.buffer] : []
      thread.worker.postMessage({ ...question, id }, transfer)
    })
  }

  #spawn(): void {
    const workerData: WorkerStart = { cacheLimit: this.#options.cacheLimit }
    const worker = new Worker(new URL('./worker.ts', import.meta.url), { workerData, name: 'reencrypt' })
    const thread: Thread = { worker, waiting: new Map() }
    this.#threads.push(thread)
    worker.on('message', (message: FromWorker) => {
      const waiting = thread.waiting.get(message.id)
      thread.waiting.delete(message.id)
      if (message.kind === 'failed') waiting?.reject(new Error(message.message))
      else waiting?.resolve(message)
    })
    worker.on('error', (err) => this.#deps.log.error({ err }, 're-encryption worker failed'))
    worker.once('exit', () => {
      this.#threads.splice(this.#threads.indexOf(thread), 1)
      for (const { reject } of thread.waiting.values()) reject(new Error('the worker thread ended'))
      // Umbral traps on memory exhaustion; another thread starts with a fresh heap.
      if (!this.#isStopping) this.#spawn()
    })
  }
}

function joined(capsules: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(capsules.length * CAPSULE_BYTES)
  for (const [index, capsule] of capsules.entries()) all.set(capsule, index * CAPSULE_BYTES)
  return all
}
