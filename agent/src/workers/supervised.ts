import { type Transferable, Worker } from 'node:worker_threads'
import { AgentError } from '../errors.ts'
import type { WorkerInit, WorkerOrder, WorkerReport } from './messages.ts'

export interface SupervisedDeps {
  readonly onReport: (report: WorkerReport) => void
  /** It threw, or ended without being told to. */
  readonly onFault: (cause: unknown) => void
}

/** Longest that a worker may take to come to rest. */
const STOP_MS = 10_000

/** One worker thread from start to end. */
export class Supervised {
  readonly #worker: Worker
  readonly #ended = Promise.withResolvers<void>()
  #isStopping = false
  #hasStopped = false

  constructor(name: string, entry: URL, init: WorkerInit, { onReport, onFault }: SupervisedDeps) {
    this.#worker = new Worker(entry, { name, workerData: init, transferList: [init.port] })
    this.#worker.on('message', (report: WorkerReport) => {
      if (report.kind === 'stopped') this.#hasStopped = true
      if (report.kind === 'failed') {
        const { message, fault } = report
        onFault(new AgentError(message, { code: 'PART_FAILED', part: name, fault }))
      }
      onReport(report)
    })
    this.#worker.on('error', onFault)
    this.#worker.on('exit', (code) => {
      this.#ended.resolve()
      if (!this.#isStopping) onFault(new Error(`the ${name} worker ended by itself (${code})`))
    })
  }

  tell(order: WorkerOrder, transfer: readonly Transferable[] = []): void {
    this.#worker.postMessage(order, [...transfer])
  }

  /** Resolves when it ended, in its own good time or, after 10 s, not. @throws {Error} in the latter case */
  async stop(): Promise<void> {
    this.#isStopping = true
    this.tell({ kind: 'stop' })
    const timer = setTimeout(() => void this.#worker.terminate(), STOP_MS)
    await this.#ended.promise
    clearTimeout(timer)
    if (!this.#hasStopped) throw new Error('a worker did not come to rest')
  }
}
