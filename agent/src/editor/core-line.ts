import type { MessagePort } from 'node:worker_threads'
import type { Sample } from '@hygeia/protocol/sample'
import type { AgentConfig } from '../config/config.ts'
import { compileFlow } from '../pipeline/compile.ts'
import { isSamePipeline, type PipelineDocument } from '../pipeline/document.ts'
import type { EnteredReading, EntryFault, FromCore, ToCore } from '../pipeline/messages.ts'
import { Standing } from '../pipeline/standing.ts'
import type { CoreStatus } from '../workers/messages.ts'
import type { NodeHost, NodeState } from './node-host.ts'

export interface CoreLineDeps {
  readonly port: MessagePort
  /** Show in the editor what became of a deploy; undefined when all is well. */
  readonly notify: (trouble: string | undefined) => void
}

type Listeners<T> = Map<string, Set<(value: T) => void>>

/** Node-RED's end of the line to the core: nodes listen here, and a deployed flow becomes the pipeline. */
export class CoreLine implements NodeHost {
  readonly config: AgentConfig
  readonly #deps: CoreLineDeps
  readonly #samples: Listeners<Sample> = new Map()
  readonly #dropped: Listeners<number> = new Map()
  readonly #standing = new Standing()
  readonly #refused: Listeners<EntryFault> = new Map()
  readonly #states: Listeners<NodeState> = new Map()
  readonly #status = new Set<(status: CoreStatus) => void>()
  #running: PipelineDocument
  #deployed = 0
  #last: (node: string) => NodeState | undefined = () => undefined

  constructor(config: AgentConfig, pipeline: PipelineDocument, deps: CoreLineDeps) {
    this.config = config
    this.#running = pipeline
    this.#deps = deps
    deps.port.on('message', (message: FromCore) => this.#hear(message))
  }

  onSamples(channel: string, listener: (sample: Sample) => void) {
    for (const sample of this.#standing.samples) if (sample.channel === channel) listener(sample)
    return listen(this.#samples, channel, listener)
  }

  onDropped(channel: string, listener: (count: number) => void) {
    return listen(this.#dropped, channel, listener)
  }

  onRefused(source: string, listener: (fault: EntryFault) => void) {
    return listen(this.#refused, source, listener)
  }

  onState(node: string, listener: (state: NodeState) => void) {
    const state = this.#last(node)
    if (state !== undefined) listener(state)
    return listen(this.#states, node, listener)
  }

  onStatus(listener: (status: CoreStatus) => void) {
    this.#status.add(listener)
    return () => void this.#status.delete(listener)
  }

  enter(entered: EnteredReading): void {
    this.#tell({ kind: 'enter', entered })
  }

  isReplaced(channel: string): boolean {
    return this.#running.replaced.includes(channel)
  }

  acknowledge(alarm: string): void {
    this.#tell({ kind: 'acknowledge', alarm })
  }

  /** How the core is, for the nodes that show it. */
  core(status: CoreStatus): void {
    for (const listener of this.#status) listener(status)
  }

  /**
   * A flow was started: make it the pipeline, unless it is none; then the last good one goes on.
   *
   * @param isDeploy - somebody pressed Deploy; at a start the core runs its last good pipeline already
   */
  flow(flow: unknown, { isDeploy }: { readonly isDeploy: boolean }): void {
    const compiled = compileFlow(flow, this.#running)
    if (compiled.outcome === 'refused') {
      const { faults } = compiled
      const [first] = faults
      const elsewhere = first?.message ?? 'it is no pipeline'
      this.#say((node) => {
        const own = faults.find((fault) => fault.node === node)
        return { kind: 'refused', message: own?.message ?? elsewhere, isHere: own !== undefined }
      })
      this.#deps.notify(`The last good pipeline goes on: ${faults.map(({ message }) => message).join('; ')}`)
      return
    }
    if (isDeploy) {
      this.#tell({ kind: 'deploy', id: ++this.#deployed, document: compiled.document })
      return
    }
    const isSame = isSamePipeline(compiled.document, this.#running)
    const message = 'the flow is not what runs, deploy it'
    this.#say(() => (isSame ? { kind: 'running' } : { kind: 'refused', message, isHere: false }))
    this.#deps.notify(isSame ? undefined : message)
  }

  #hear(message: FromCore): void {
    if (message.kind === 'samples') {
      for (const sample of message.samples) {
        this.#standing.take(sample)
        emit(this.#samples, sample.channel, sample)
      }
      for (const [channel, count] of Object.entries(message.dropped)) emit(this.#dropped, channel, count)
      // Only once the nodes had them: a busy loop gets no more than it can take.
      setImmediate(() => this.#tell({ kind: 'more' }))
    }
    if (message.kind === 'refused') emit(this.#refused, message.source, message.fault)
    if (message.kind !== 'running') return
    this.#running = message.document
    if (message.id === undefined || message.id !== this.#deployed) return
    const { fault } = message
    this.#say(() =>
      fault === undefined ? { kind: 'running' } : { kind: 'refused', message: fault, isHere: false },
    )
    this.#deps.notify(fault === undefined ? undefined : `The last good pipeline goes on: ${fault}`)
  }

  #say(stateOf: (node: string) => NodeState): void {
    this.#last = stateOf
    for (const node of this.#states.keys()) emit(this.#states, node, stateOf(node))
  }

  #tell(message: ToCore): void {
    this.#deps.port.postMessage(message)
  }
}

function listen<T>(listeners: Listeners<T>, key: string, listener: (value: T) => void): () => void {
  const set = listeners.get(key) ?? new Set()
  listeners.set(key, set)
  set.add(listener)
  return () => {
    set.delete(listener)
    if (set.size === 0 && listeners.get(key) === set) listeners.delete(key)
  }
}

function emit<T>(listeners: Listeners<T>, key: string, value: T): void {
  for (const listener of listeners.get(key) ?? []) listener(value)
}
