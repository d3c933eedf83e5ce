import type { Missing, Reading, Sample } from '@hygeia/protocol/sample'
import type { MonotonicMs } from '@hygeia/protocol/units'
import { type SignalConfig, SPO2 } from './config.ts'
import { LedOrder } from './led-order.ts'
import { RatioMeter, saturationOf } from './oximetry.ts'
import { GAP_PERIODS, type Tell } from './source.ts'

/** Values that wait for their other colour: more than a burst of any chip. */
const WAITING_LIMIT = 256

interface Value {
  readonly at: MonotonicMs
  readonly value: number
}

/** Feeds the two colours of one sensor to a meter, pair by pair, and asks it on an even grid of their time. */
export class OximeterSource {
  readonly #config: SignalConfig & { readonly kind: 'spo2' }
  readonly #isOrderKnown: () => boolean
  readonly #meter: RatioMeter
  readonly #order = new LedOrder()
  readonly #gapMs: number
  #infrared: Value[] = []
  #red: Value[] = []
  #lastAt = Number.NEGATIVE_INFINITY
  #nextAt = Number.NEGATIVE_INFINITY

  /** @param isOrderKnown - somebody looked which LED is the red one */
  constructor(config: SignalConfig & { readonly kind: 'spo2' }, isOrderKnown: () => boolean) {
    this.#config = config
    this.#isOrderKnown = isOrderKnown
    this.#meter = new RatioMeter(config)
    this.#gapMs = (GAP_PERIODS * 1_000) / config.rateHz
  }

  /** Whether the two LEDs look as if they were in each other's place. */
  get isDoubtful(): boolean {
    return this.#order.state === 'doubtful'
  }

  take({ channel, at, value, missing }: Sample, tell: Tell): void {
    if (missing !== undefined) {
      this.#lose(at, missing, tell)
      return
    }
    const queue = channel === this.#config.red.name ? this.#red : this.#infrared
    queue.push({ at, value })
    if (queue.length > WAITING_LIMIT) queue.shift()
    for (let pair = this.#pair(); pair !== undefined; pair = this.#pair()) {
      const [infrared, red] = pair
      if (infrared.at - this.#lastAt > this.#gapMs) this.#meter.clear()
      this.#lastAt = infrared.at
      this.#meter.push(infrared.value, red.value)
      if (this.#isDue(infrared.at)) tell(SPO2, infrared.at, this.#reading())
    }
  }

  /** The oldest two of one instant; one whose other never came is dropped. */
  #pair(): readonly [infrared: Value, red: Value] | undefined {
    for (;;) {
      const [infrared, red] = [this.#infrared[0], this.#red[0]]
      if (infrared === undefined || red === undefined) return undefined
      if (infrared.at <= red.at) this.#infrared.shift()
      if (red.at <= infrared.at) this.#red.shift()
      if (infrared.at === red.at) return [infrared, red]
    }
  }

  #reading(): Reading {
    const found = this.#meter.ratio()
    if ('missing' in found) return found
    if (!this.#isOrderKnown()) {
      this.#order.push(found.ratio)
      const { state } = this.#order
      if (state !== 'in-order') return { missing: state === 'undecided' ? 'not-yet' : 'ambiguous' }
    }
    const value = saturationOf(found.ratio, this.#config.coefficients)
    return value === undefined ? { missing: 'ambiguous' } : { value }
  }

  #lose(at: MonotonicMs, missing: Missing, tell: Tell): void {
    this.#infrared = []
    this.#red = []
    this.#meter.clear()
    if (missing === 'sensor-error') this.#order.clear()
    if (this.#isDue(at)) tell(SPO2, at, { missing })
  }

  #isDue(at: MonotonicMs): boolean {
    if (at < this.#nextAt) return false
    const isFirst = this.#nextAt === Number.NEGATIVE_INFINITY
    const { everyMs } = this.#config
    this.#nextAt = (Math.floor(at / everyMs) + 1) * everyMs
    return !isFirst
  }
}
