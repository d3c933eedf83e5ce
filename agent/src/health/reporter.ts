import type { Address } from '@hygeia/protocol/ids'
import { systemClock } from '@hygeia/runtime/clock'
import type { Logger } from '@hygeia/runtime/log'
import type { AgentConfig } from '../config/config.ts'
import type { DeliveryStatus } from '../delivery/status.ts'
import type { SamplingStatus } from '../workers/messages.ts'
import { pulseOf } from './pulse.ts'
import { type AgentStatus, composeStatus } from './status.ts'
import { writeStatus } from './status-file.ts'

export interface ReporterOptions extends Pick<AgentConfig, 'seal' | 'status'> {
  readonly device: Address
  /** Where the status is written. */
  readonly path: string
}

export interface ReporterDeps {
  readonly log: Logger
  /** Called at each beat while both workers are alive and samples move; the first time tells that the agent works. */
  readonly onAlive: (isFirst: boolean) => void
}

/** A worker that has not said anything for so long is not alive. */
const SILENT_MS = 20_000
const MB = 1_048_576

/** Keeps the status file, and tells whether the agent does its work. */
export class Reporter {
  readonly #options: ReporterOptions
  readonly #deps: ReporterDeps
  readonly #beating: NodeJS.Timeout
  #state: AgentStatus['state'] = 'starting'
  #sampling: SamplingStatus | undefined
  #delivery: DeliveryStatus | undefined
  readonly #heardAt = { sampling: Number.NEGATIVE_INFINITY, delivery: Number.NEGATIVE_INFINITY }
  #isFirst = true
  #isStill = false
  #writing: Promise<void> = Promise.resolve()

  constructor(options: ReporterOptions, deps: ReporterDeps) {
    this.#options = options
    this.#deps = deps
    this.#beating = setInterval(() => this.#beat(), options.status.everyMs)
  }

  sampling(status: SamplingStatus): void {
    this.#sampling = status
    this.#heardAt.sampling = performance.now()
  }

  delivery(status: DeliveryStatus): void {
    this.#delivery = status
    this.#heardAt.delivery = performance.now()
  }

  /** The recording that was played is delivered. */
  finished(): void {
    this.#state = 'finished'
  }

  /** The agent is about to stop: no more beats. */
  stopping(): void {
    clearInterval(this.#beating)
    if (this.#state !== 'finished') this.#state = 'stopping'
  }

  /** Resolves once the last status is written. */
  async close(): Promise<void> {
    this.stopping()
    this.#write()
    await this.#writing
  }

  #beat(): void {
    const now = performance.now()
    const areHeard = Object.values(this.#heardAt).every((at) => now - at < SILENT_MS)
    const pulse = pulseOf(this.#sampling, this.#delivery)
    this.#tell(pulse === 'still')
    if (areHeard && pulse === 'moving') {
      if (this.#state === 'starting') this.#state = 'running'
      this.#deps.onAlive(this.#isFirst)
      this.#isFirst = false
    }
    this.#write()
  }

  /** Whoever finds the agent restarted has to find out why. */
  #tell(isStill: boolean): void {
    if (isStill && !this.#isStill) {
      const { tickAtMonotonicMs, atMonotonicMs } = this.#sampling ?? {}
      this.#deps.log.error(
        { tickAtMonotonicMs, atMonotonicMs },
        'samples do not move: the watchdog is not fed',
      )
    }
    this.#isStill = isStill
  }

  #write(): void {
    const { device, path } = this.#options
    const status = composeStatus(
      {
        at: systemClock.now(),
        pid: process.pid,
        memoryMb: Math.round(process.memoryUsage.rss() / MB),
        state: this.#state,
        device,
        sampling: this.#sampling,
        delivery: this.#delivery,
      },
      this.#options,
    )
    this.#writing = this.#writing
      .then(() => writeStatus(path, status))
      .catch((err: unknown) => this.#deps.log.warn({ err }, 'status not written'))
  }
}
