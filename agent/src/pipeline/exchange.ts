import { isDeepStrictEqual } from 'node:util'
import type { MessagePort } from 'node:worker_threads'
import type { Sample } from '@hygeia/protocol/sample'
import type { Clock } from '@hygeia/runtime/clock'
import type { Logger } from '@hygeia/runtime/log'
import type { AgentConfig } from '../config/config.ts'
import type { PipelineDocument } from './document.ts'
import { Entrance } from './entrance.ts'
import { type FromCore, type TappedSample, ToCore } from './messages.ts'

/** Samples that wait for Node-RED: half a minute of an ECG. When there are more the oldest go, for they are recorded anyway. */
const TAPPED_LIMIT = 8_192

export interface ExchangeDeps {
  readonly clock: Clock
  /** @returns whether there was room */
  readonly enter: (sample: Sample) => boolean
  /** The configuration that a document makes. @throws when it makes none */
  readonly check: (document: PipelineDocument) => AgentConfig
  readonly write: (document: PipelineDocument) => Promise<void>
  /** Sample these sensors from now on. @throws when one cannot be had; the others then go on */
  readonly swap: (sensors: AgentConfig['sensors']) => Promise<void>
  /** Record as this document says from now on. */
  readonly record: (document: PipelineDocument) => void
  readonly log: Logger
}

/** The core's end of the line to Node-RED. Nothing here waits for the other end. */
export class Exchange {
  readonly #deps: ExchangeDeps
  readonly #entrance = new Entrance()
  #document: PipelineDocument
  /** By channel: the sensor it is of, where its samples also go to the user's nodes. */
  #tapped: ReadonlyMap<string, string> = new Map()
  #replaced: ReadonlySet<string> = new Set()
  /** Samples that came in by the entrance, and are not to be mistaken for a sensor's. */
  readonly #entered = new WeakSet<Sample>()
  #port: MessagePort | undefined
  #waiting: TappedSample[] = []
  #isAwaited = false
  #dropped = 0
  #deploying: Promise<void> = Promise.resolve()

  constructor(document: PipelineDocument, deps: ExchangeDeps) {
    this.#deps = deps
    this.#document = document
    this.#route()
  }

  connect(port: MessagePort): void {
    this.#port?.close()
    this.#port = port
    this.#waiting = []
    this.#isAwaited = true
    port.on('message', (message: unknown) => {
      const parsed = ToCore.safeParse(message)
      if (parsed.success) this.#hear(parsed.data)
      else this.#deps.log.warn('Node-RED sent what the core does not understand')
    })
    this.#tell({ kind: 'running', document: this.#document })
  }

  /** @returns whether the sample goes on to be recorded; the user's nodes get theirs here */
  passes(sample: Sample): boolean {
    if (this.#entered.delete(sample)) return true
    const sensor = this.#tapped.get(sample.channel)
    if (sensor !== undefined && this.#port !== undefined) {
      this.#waiting.push({ sensor, sample })
      if (this.#waiting.length > TAPPED_LIMIT) {
        this.#waiting.shift()
        this.#dropped++
      }
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
      const isSame = isDeepStrictEqual(config.sensors, check(before).sensors)
      await write(document)
      try {
        if (!isSame) await swap(config.sensors)
      } catch (cause) {
        await write(before)
        throw cause
      }
      record(document)
      this.#document = document
      this.#route()
    } catch (cause) {
      log.error({ err: cause }, 'a deployed pipeline was not taken')
      const fault = cause instanceof Error ? cause.message : 'it was not taken'
      this.#tell({ kind: 'running', document: this.#document, id, fault })
      return
    }
    log.info({ sensors: document.sensors.length }, 'another pipeline runs')
    this.#tell({ kind: 'running', document, id })
  }

  #route(): void {
    const { tapped, replaced } = this.#document
    const { sensors } = this.#deps.check(this.#document)
    const tappedNames = new Set(tapped)
    const channels = sensors.flatMap(({ name, channels }) =>
      channels.map(({ channel }) => [channel.name as string, name] as const),
    )
    this.#tapped = new Map(channels.filter(([, sensor]) => tappedNames.has(sensor)))
    this.#replaced = new Set(replaced)
    this.#entrance.reset(new Set(channels.map(([name]) => name).filter((name) => !this.#replaced.has(name))))
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
