import type { MessagePort } from 'node:worker_threads'
import type { Sample } from '@hygeia/protocol/sample'
import type { Clock } from '@hygeia/runtime/clock'
import type { Logger } from '@hygeia/runtime/log'
import { ZodError } from 'zod'
import { type AgentConfig, channelsOf } from '../config/config.ts'
import type { PipelineDocument } from './document.ts'
import { Entrance } from './entrance.ts'
import { type FromCore, ToCore } from './messages.ts'
import { ALARM, NEWS2, Standing } from './standing.ts'

/** Samples that wait for Node-RED: half a minute of an ECG. When there are more the oldest go, for they are recorded anyway. */
const TAPPED_LIMIT = 8_192

export interface ExchangeDeps {
  readonly clock: Clock
  /** @returns whether there was room */
  readonly enter: (sample: Sample) => boolean
  /** The configuration that a document makes. @throws when it makes none */
  readonly check: (document: PipelineDocument) => AgentConfig
  readonly write: (document: PipelineDocument) => Promise<void>
  /** Sample, derive and watch as this says from now on. @throws when a bus cannot be had; nothing has changed then */
  readonly swap: (config: AgentConfig) => Promise<void>
  /** Somebody has seen this alarm. */
  readonly acknowledge: (alarm: string) => void
  /** Record as this document says from now on. */
  readonly record: (document: PipelineDocument) => void
  readonly log: Logger
}

/** The core's end of the line to Node-RED. Nothing here waits for the other end. */
export class Exchange {
  readonly #deps: ExchangeDeps
  readonly #entrance = new Entrance()
  #document: PipelineDocument
  /** Channels whose samples also go to the user's nodes. */
  #tapped: ReadonlySet<string> = new Set()
  #replaced: ReadonlySet<string> = new Set()
  /** Samples that came in by the entrance, and are not to be mistaken for a sensor's. */
  readonly #entered = new WeakSet<Sample>()
  #port: MessagePort | undefined
  #waiting: Sample[] = []
  readonly #standing = new Standing()
  #isAwaited = false
  readonly #dropped: Record<string, number> = {}
  #deploying: Promise<void> = Promise.resolve()

  constructor(document: PipelineDocument, deps: ExchangeDeps) {
    this.#deps = deps
    this.#document = document
    this.#route()
  }

  connect(port: MessagePort): void {
    this.#port?.close()
    this.#port = port
    this.#waiting = [...this.#standing.samples]
    this.#isAwaited = true
    port.on('message', (message: unknown) => {
      const parsed = ToCore.safeParse(message)
      if (parsed.success) this.#hear(parsed.data)
      else this.#deps.log.warn('Node-RED sent what the core does not understand')
    })
    this.#tell({ kind: 'running', document: this.#document })
    this.#send()
  }

  /** @returns whether the sample goes on to be recorded; the user's nodes get theirs here */
  passes(sample: Sample): boolean {
    if (this.#entered.delete(sample)) return true
    this.#standing.take(sample)
    if (this.#tapped.has(sample.channel) && this.#port !== undefined) {
      this.#waiting.push(sample)
      if (this.#waiting.length > TAPPED_LIMIT) this.#drop()
      this.#send()
    }
    return !this.#replaced.has(sample.channel)
  }

  #hear(message: ToCore): void {
    if (message.kind === 'more') {
      this.#isAwaited = true
      this.#send()
    }
    if (message.kind === 'enter') {
      const { entered } = message
      const entry = this.#entrance.judge(entered, Math.floor(this.#deps.clock.monotonic()))
      if (entry.outcome === 'refused') {
        this.#tell({ kind: 'refused', source: entered.source, fault: entry.fault })
        return
      }
      this.#entered.add(entry.sample)
      const hasRoom = this.#deps.enter(entry.sample)
      if (!hasRoom) this.#tell({ kind: 'refused', source: entered.source, fault: 'NO_ROOM' })
    }
    if (message.kind === 'acknowledge') this.#deps.acknowledge(message.alarm)
    if (message.kind === 'deploy') {
      this.#deploying = this.#deploying.then(() => this.#deploy(message.document, message.id))
    }
  }

  /** Check, write down, swap: in this order, so that what runs after a power cut has run before, or was meant to. */
  async #deploy(document: PipelineDocument, id: number): Promise<void> {
    const { check, write, swap, record, log } = this.#deps
    const before = this.#document
    try {
      const config = check(document)
      await write(document)
      try {
        await swap(config)
      } catch (cause) {
        await write(before)
        throw cause
      }
      record(document)
      this.#document = document
      this.#route()
    } catch (cause) {
      log.error({ err: cause }, 'a deployed pipeline was not taken')
      const fault = faultOf(cause)
      this.#tell({ kind: 'running', document: this.#document, id, fault })
      return
    }
    log.info({ sensors: document.sensors.length }, 'another pipeline runs')
    this.#tell({ kind: 'running', document, id })
  }

  #route(): void {
    const { tapped, replaced } = this.#document
    this.#tapped = new Set(tapped)
    this.#replaced = new Set(replaced)
    const filled = channelsOf(this.#deps.check(this.#document)).map(({ name }) => name)
    // Nobody but the core says what is an alarm.
    const own = [...filled.filter((name) => !this.#replaced.has(name)), ALARM, NEWS2]
    this.#entrance.reset(new Set(own))
  }

  /** Make room: what holds until something else is said of it goes last. */
  #drop(): void {
    const oldest = this.#waiting.findIndex(({ channel }) => !Standing.holds(channel))
    const [dropped] = this.#waiting.splice(Math.max(oldest, 0), 1)
    if (dropped !== undefined) this.#dropped[dropped.channel] = (this.#dropped[dropped.channel] ?? 0) + 1
  }

  #send(): void {
    if (!this.#isAwaited || this.#waiting.length === 0) return
    this.#isAwaited = false
    this.#tell({ kind: 'samples', samples: this.#waiting, dropped: this.#dropped })
    this.#waiting = []
  }

  #tell(message: FromCore): void {
    this.#port?.postMessage(message)
  }
}

function faultOf(cause: unknown): string {
  if (cause instanceof ZodError) {
    return cause.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ')
  }
  return cause instanceof Error ? cause.message : 'it was not taken'
}
