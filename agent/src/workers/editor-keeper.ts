import type { MessagePort } from 'node:worker_threads'
import { Worker } from 'node:worker_threads'
import { Backoff } from '@hygeia/runtime/backoff'
import type { Logger } from '@hygeia/runtime/log'
import { type AgentConfig, pathsOf } from '../config/config.ts'
import { needsNodeRed } from '../editor/flow-needs.ts'
import { readPassword } from '../editor/password.ts'
import type { PipelineDocument } from '../pipeline/document.ts'
import type { CoreStatus, EditorInit, EditorOrder, EditorReport } from './messages.ts'

/** A function node may spin for a while; what has not answered for so long will not. */
const SILENT_MS = 30_000
const STOP_MS = 5_000
/** Having died so often without ever having been well for `WELL_MS`, it starts no flows. */
const DEATHS_TO_SAFE = 3
const WELL_MS = 300_000
/** V8's young generation, as `--max-semi-space-size`: Node-RED makes little that dies young. */
const YOUNG_MB = 2

export interface EditorKeeperDeps {
  /** Its program. */
  readonly entry: URL
  readonly log: Logger
  /** Node-RED starts, or starts again; the sampling worker gets the other end of its line. */
  readonly onPort: (port: MessagePort) => void
}

/** Keeps Node-RED running in a thread of its own. Whatever becomes of it, the core goes on. */
export class EditorKeeper {
  readonly #config: AgentConfig
  readonly #pipeline: PipelineDocument
  readonly #deps: EditorKeeperDeps
  readonly #backoff = new Backoff({ firstMs: 1_000, limitMs: 60_000, random: () => 1 })
  #worker: Worker | undefined
  #isStopping = false
  #deaths = 0
  #startedAt = 0
  #askedAt: number | undefined
  #restart: NodeJS.Timeout | undefined
  #watching: NodeJS.Timeout | undefined

  constructor(config: AgentConfig, pipeline: PipelineDocument, deps: EditorKeeperDeps) {
    this.#config = config
    this.#pipeline = pipeline
    this.#deps = deps
  }

  /** Does nothing where there is to be no Node-RED, and says so where it lacks its password. */
  async start(): Promise<void> {
    const { editor } = this.#config
    if (!editor.enabled) return
    const { editorPassword, editorFlow } = pathsOf(this.#config)
    // A third of the memory of this process, for nothing.
    if (editor.headless && !(await needsNodeRed(editorFlow))) {
      this.#deps.log.info('the flow needs no Node-RED: it does not start')
      return
    }
    try {
      if (!editor.headless) await readPassword(editorPassword)
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : 'no password'
      this.#deps.log.warn({ reason }, 'the editor does not start')
      return
    }
    if (this.#isStopping) return
    this.#watching = setInterval(() => this.#watch(), 1_000)
    this.#begin()
  }

  /** Dropped when the last one is not answered yet: a spinning Node-RED is not buried in news. */
  tell(status: CoreStatus): void {
    if (this.#worker === undefined || this.#askedAt !== undefined) return
    this.#askedAt = performance.now()
    this.#worker.postMessage({ kind: 'core', status } satisfies EditorOrder)
  }

  async stop(): Promise<void> {
    this.#isStopping = true
    clearInterval(this.#watching)
    clearTimeout(this.#restart)
    const worker = this.#worker
    if (worker === undefined) return
    const ended = new Promise((resolve) => worker.once('exit', resolve))
    worker.postMessage({ kind: 'stop' } satisfies EditorOrder)
    const timer = setTimeout(() => void worker.terminate(), STOP_MS)
    await ended
    clearTimeout(timer)
  }

  #begin(): void {
    const { port1, port2 } = new MessageChannel()
    const isSafe = this.#deaths >= DEATHS_TO_SAFE
    const init: EditorInit = { config: this.#config, pipeline: this.#pipeline, port: port1, isSafe }
    const worker = new Worker(this.#deps.entry, {
      name: 'editor',
      workerData: init,
      transferList: [port1],
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB * 3 },
    })
    this.#worker = worker
    this.#startedAt = performance.now()
    this.#askedAt = undefined
    const { log, onPort } = this.#deps
    worker.on('message', (report: EditorReport) => {
      if (report.kind === 'beat') this.#askedAt = undefined
      if (report.kind === 'ready') {
        const { port, fingerprint } = report
        log.info({ port, fingerprint, isSafe }, 'Node-RED runs')
      }
      if (report.kind === 'failed') log.error({ reason: report.message }, 'Node-RED does not start')
    })
    worker.on('error', (err) => log.error({ err }, 'Node-RED died'))
    worker.once('exit', () => this.#ended())
    onPort(port2)
  }

  #ended(): void {
    this.#worker = undefined
    if (this.#isStopping) return
    if (performance.now() - this.#startedAt > WELL_MS) {
      this.#deaths = 0
      this.#backoff.reset()
    }
    this.#deaths++
    this.#restart = setTimeout(() => this.#begin(), this.#backoff.nextMs())
  }

  #watch(): void {
    if (this.#askedAt === undefined || performance.now() - this.#askedAt < SILENT_MS) return
    this.#askedAt = undefined
    this.#deps.log.error('Node-RED answers no more: it is started anew')
    void this.#worker?.terminate()
  }
}
