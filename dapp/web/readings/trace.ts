import { isMissing, type Line, SUSPECT } from './line.ts'

/** One channel over a range of time, no finer than a screen can show. */
export interface Trace {
  /** ms since the Unix epoch. */
  readonly from: number
  readonly to: number
  /** Seconds since the Unix epoch, rising. */
  readonly at: Float64Array<ArrayBuffer>
  /** Mean, lowest and highest of what each point stands for; all the same where it is one reading. */
  readonly mean: Float64Array<ArrayBuffer>
  readonly low: Float64Array<ArrayBuffer>
  readonly high: Float64Array<ArrayBuffer>
  /** Begin and end of each stretch without readings, s, in turn. */
  readonly gaps: Float64Array<ArrayBuffer>
  /** Readings outside of what the sensor can measure: s and value; at most one a bucket. */
  readonly suspectAt: Float64Array<ArrayBuffer>
  readonly suspect: Float64Array<ArrayBuffer>
  /** Whether points stand for more than one reading. */
  readonly isGathered: boolean
}

export interface TraceRange {
  /** ms since the Unix epoch. */
  readonly from: number
  readonly to: number
  /** Most points: one a pixel is enough. */
  readonly buckets: number
}

class Points {
  readonly #at: number[] = []
  readonly #mean: number[] = []
  readonly #low: number[] = []
  readonly #high: number[] = []
  #bucket = -1
  #count = 0
  #sum = 0
  #sumAt = 0
  #lowest = 0
  #highest = 0
  isGathered = false

  add(bucket: number, at: number, value: number): void {
    if (bucket !== this.#bucket) this.flush()
    this.#bucket = bucket
    if (this.#count === 0) this.#lowest = this.#highest = value
    else if (value < this.#lowest) this.#lowest = value
    else if (value > this.#highest) this.#highest = value
    this.#count++
    this.#sum += value
    this.#sumAt += at
  }

  /** End a point: what comes next is another's. */
  flush(): void {
    if (this.#count === 0) return
    if (this.#count > 1) this.isGathered = true
    this.#at.push(this.#sumAt / this.#count / 1_000)
    this.#mean.push(this.#sum / this.#count)
    this.#low.push(this.#lowest)
    this.#high.push(this.#highest)
    this.#count = 0
    this.#sum = 0
    this.#sumAt = 0
  }

  get arrays() {
    return {
      at: Float64Array.from(this.#at),
      mean: Float64Array.from(this.#mean),
      low: Float64Array.from(this.#low),
      high: Float64Array.from(this.#high),
    }
  }
}

/**
 * Gather a line's readings into at most `buckets` points of equal width, each with its lowest and highest, so that no
 * peak is lost. A gap stays a gap however narrow its bucket, and suspect readings stay apart: they stretch no band.
 */
export function traceOf(line: Line, { from, to, buckets }: TraceRange): Trace {
  const width = Math.max((to - from) / buckets, Number.MIN_VALUE)
  const { gapMs } = line
  const points = new Points()
  const gaps: number[] = []
  const suspectAt: number[] = []
  const suspect: number[] = []
  let last: number | undefined
  let isBroken = false
  let suspectBucket = -1
  for (const { at, value, state } of line.within(from, to)) {
    for (let index = 0; index < at.length; index++) {
      const time = at[index] ?? 0
      if (time < from) continue
      if (time >= to) break
      const said = state[index] ?? 0
      const bucket = Math.floor((time - from) / width)
      if (said === SUSPECT && bucket !== suspectBucket) {
        suspectBucket = bucket
        suspectAt.push(time / 1_000)
        suspect.push(value[index] ?? 0)
      }
      if (said === SUSPECT || isMissing(said)) {
        isBroken = true
        continue
      }
      if (last !== undefined && (isBroken || time - last > gapMs)) {
        gaps.push(last / 1_000, time / 1_000)
        points.flush()
      }
      isBroken = false
      last = time
      points.add(bucket, time, value[index] ?? 0)
    }
  }
  points.flush()
  return {
    from,
    to,
    ...points.arrays,
    gaps: Float64Array.from(gaps),
    suspectAt: Float64Array.from(suspectAt),
    suspect: Float64Array.from(suspect),
    isGathered: points.isGathered,
  }
}
