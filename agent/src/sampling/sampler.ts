import type { Sample } from '@hygeia/protocol/sample'
import { toSample } from '@hygeia/protocol/to-sample'
import type { MonotonicMs } from '@hygeia/protocol/units'
import type { Clock } from '@hygeia/runtime/clock'
import type { Readings } from '../drivers/sensor.ts'
import { isMissed, type Tick, ticks } from './grid.ts'
import { Keeper, type SensorStatus } from './keeper.ts'
import type { PolledChannel, SensorPlan } from './plan.ts'
import { BoundedQueue } from './queue.ts'
import { streamSamples } from './stream.ts'

export interface SamplerOptions {
  /** Where the grids begin: tick k of a channel is at `origin + k·periodMs`. */
  readonly origin: MonotonicMs
  /** No tick at or after this; without it, sampling goes on until aborted. */
  readonly endAt?: MonotonicMs | undefined
  /** How many samples may wait for the next stage before sampling waits for it. */
  readonly queueLimit: number
}

export interface SamplerDeps {
  readonly clock: Clock
  readonly sensors: readonly SensorPlan[]
  /** Keeps simulated time from passing while the next stage is waited for. */
  readonly hold?: (() => Disposable) | undefined
  /** What follows from a sample at once, whoever waits for room behind it: derived values, alarms. */
  readonly follow?: ((sample: Sample) => readonly Sample[]) | undefined
  /** Told when a sensor comes or goes. */
  readonly onChange?: ((status: SensorStatus) => void) | undefined
}

export interface SamplerStatus {
  readonly sensors: readonly SensorStatus[]
  /** Ticks that nothing was read at, because this machine or the next stage was too slow. */
  readonly skippedTicks: number
  /** Ticks that are behind it, with their samples taken or skipped, whether or not a sensor answered. */
  readonly ticks: number
  /** The tick it waits for, or is at; undefined with nothing to poll, or nothing left. */
  readonly tickAtMonotonicMs: MonotonicMs | undefined
}

type Due = PolledChannel & { readonly plan: SensorPlan & { readonly kind: 'polled' } }

/** Reads every configured channel on its even grid, and listens for events in between. */
export class Sampler {
  readonly #options: SamplerOptions
  readonly #deps: SamplerDeps
  readonly #keepers: ReadonlyMap<SensorPlan, Keeper>
  readonly #queue: BoundedQueue<Sample>
  #skippedTicks = 0
  #ticks = 0
  #tickAt: MonotonicMs | undefined

  constructor(options: SamplerOptions, deps: SamplerDeps) {
    this.#options = options
    this.#deps = deps
    this.#queue = new BoundedQueue(options.queueLimit)
    const { clock, onChange } = deps
    this.#keepers = new Map(
      deps.sensors.map((plan) => {
        const open = (signal: AbortSignal) => this.#open(plan, signal)
        return [plan, new Keeper(plan.name, { clock, open, onChange })]
      }),
    )
  }

  status(): SamplerStatus {
    const sensors = [...this.#keepers.values()].map((keeper) => keeper.status)
    return { sensors, skippedTicks: this.#skippedTicks, ticks: this.#ticks, tickAtMonotonicMs: this.#tickAt }
  }

  /** Samples that were not taken by a sensor; they wait for no room. */
  add(samples: readonly Sample[]): void {
    for (const sample of samples) this.#queue.add(sample)
  }

  /** Take in a sample of another source than the sensors here. @returns whether there was room */
  enter(sample: Sample): boolean {
    const following = this.#deps.follow?.(sample) ?? []
    this.add(following)
    if (this.#queue.isFull) return false
    this.#queue.add(sample)
    return true
  }

  /**
   * Samples as they are taken, those of one tick in the order of the configuration; to be called once.
   *
   * Ends, having given out everything that was read, at `endAt` or when `signal` aborts. A sensor that is away
   * gives samples that say so and does not stop the others.
   */
  async *samples(signal: AbortSignal): AsyncGenerator<Sample, void> {
    const stop = new AbortController()
    const ending = AbortSignal.any([signal, stop.signal])
    const failing = (cause: unknown) => {
      if (!ending.aborted) this.#queue.end(cause)
      stop.abort()
    }
    const parts = [...this.#keepers.values()].map((keeper) => keeper.run(ending).catch(failing))
    const streams = this.#deps.sensors.map((plan) => this.#stream(plan, ending))
    parts.push(
      Promise.all([this.#tick(ending), ...streams]).then(
        () => this.#queue.end(),
        (cause: unknown) => {
          failing(cause)
          this.#queue.end()
        },
      ),
    )
    try {
      yield* this.#queue
    } finally {
      stop.abort()
      await Promise.all(parts)
      for (const { sensor } of this.#deps.sensors) await sensor.close()
    }
  }

  async #tick(signal: AbortSignal): Promise<void> {
    const { clock } = this.#deps
    const { origin, endAt } = this.#options
    const polled = this.#deps.sensors.filter(({ kind }) => kind === 'polled')
    if (polled.length > 0) {
      this.#tickAt = origin
      await Promise.race(polled.map((plan) => this.#keepers.get(plan)?.firstAttempt))
    }
    const channels = this.#deps.sensors.flatMap((plan): readonly Due[] =>
      plan.kind === 'polled' ? plan.channels.map((channel) => ({ ...channel, plan })) : [],
    )
    for (const tick of ticks(channels, origin, clock.monotonic())) {
      if (endAt !== undefined && tick.at >= endAt) {
        this.#tickAt = undefined
        return
      }
      this.#tickAt = tick.at
      await clock.sleepUntil(tick.at, signal)
      for (const sample of await this.#read(tick, signal)) {
        const following = this.#deps.follow?.(sample) ?? []
        await this.#room(signal)
        this.#queue.add(sample)
        this.add(following)
      }
      this.#ticks++
      signal.throwIfAborted()
    }
    // Only event sensors: there is no tick to wait for.
    if (endAt !== undefined) await clock.sleepUntil(endAt, signal)
    else if (!signal.aborted)
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
  }

  async #stream(plan: SensorPlan, signal: AbortSignal): Promise<void> {
    const keeper = this.#keepers.get(plan)
    if (plan.kind !== 'streaming' || keeper === undefined) return
    const { clock } = this.#deps
    const { endAt } = this.#options
    for await (const samples of streamSamples(plan, { clock, keeper }, signal)) {
      const taken = endAt === undefined ? samples : samples.filter(({ at }) => at < endAt)
      const followed = taken.flatMap((sample) => [sample, ...(this.#deps.follow?.(sample) ?? [])])
      await this.#room(signal)
      this.add(followed)
      if (endAt !== undefined && clock.monotonic() >= endAt) return
    }
  }

  async #read({ at, due }: Tick<Due>, signal: AbortSignal): Promise<readonly Sample[]> {
    const now = this.#deps.clock.monotonic()
    // A hub takes a second to start: asking it before would only record that, and waiting would keep the others back.
    const begun = due.filter(({ plan }) => this.#keepers.get(plan)?.isInFirstAttempt === false)
    const timely = begun.filter(({ periodMs }) => !isMissed(at, now, periodMs))
    this.#skippedTicks += begun.length - timely.length
    const plans = [...new Set(timely.map(({ plan }) => plan))]
    const answers = new Map(
      await Promise.all(plans.map(async (plan) => [plan, await this.#readSensor(plan, signal)] as const)),
    )
    return timely.map(({ plan, channel, from }) => {
      const answer = answers.get(plan) ?? 'sensor-error'
      if (typeof answer === 'string') return toSample(channel, at, { missing: answer })
      return toSample(channel, at, quantityOf(answer, from))
    })
  }

  async #readSensor(plan: Due['plan'], signal: AbortSignal) {
    return this.#keepers.get(plan)?.read(() => plan.sensor.read(signal))
  }

  async #room(signal: AbortSignal): Promise<void> {
    if (!this.#queue.isFull) return
    const held = this.#deps.hold?.()
    try {
      await this.#queue.room(signal)
    } finally {
      held?.[Symbol.dispose]()
    }
  }

  #open(plan: SensorPlan, signal: AbortSignal): Promise<void> {
    if (plan.kind !== 'event') return plan.sensor.open(signal)
    return plan.sensor.open((readings) => {
      const at = Math.floor(this.#deps.clock.monotonic()) as MonotonicMs
      // Rare, and the one thing that must not wait behind others.
      for (const { channel, from } of plan.channels) {
        const sample = toSample(channel, at, quantityOf(readings, from))
        const following = this.#deps.follow?.(sample) ?? []
        this.#queue.add(sample)
        this.add(following)
      }
    })
  }
}

function quantityOf(readings: Readings, name: string) {
  const reading = readings[name]
  if (reading === undefined) throw new Error(`the driver has no quantity ${name}`)
  return reading
}
