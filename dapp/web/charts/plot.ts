import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import type { Trace } from '../readings/trace.ts'
import type { Colours } from './colours.ts'

/** Range of time, s since the Unix epoch. */
export interface Seconds {
  readonly from: number
  readonly to: number
}

export interface PlotOptions {
  readonly width: number
  readonly height: number
  /** Those of now: whoever changes them has it drawn again. */
  readonly colours: () => Colours
  /** How a time on the axis is written. @param stepSec - between two of them */
  readonly timeText: (seconds: number, stepSec: number) => string
  /** @param step - between two values on the axis */
  readonly valueText: (value: number, step: number) => string
  /** Least height of the scale, so that noise does not fill the chart. */
  readonly leastSpan: number
  /** Charts with the same name show one cursor. */
  readonly sync: string
  /** Where a ruler of two lines stands, s. */
  readonly ruler?: () => readonly number[]
  /** Told where the cursor stands, s; undefined when it is nowhere. */
  readonly onCursor?: ((seconds: number | undefined) => void) | undefined
}

const LOW = 1
const HIGH = 2
const DIAMOND_PX = 5
/** Pixels between two times on the axis. */
const TIME_SPACE_PX = 80

/** One channel on a canvas: a band from lowest to highest, the mean, gaps as gaps, suspect readings as hollow diamonds. */
export class Plot {
  readonly #plot: uPlot
  #trace: Trace | undefined
  #before: Trace | undefined

  constructor(target: HTMLElement, options: PlotOptions) {
    this.#plot = new uPlot(this.#settings(options), [[], [], [], []], target)
  }

  /** @param before - the same channel earlier, with its times moved to now: drawn behind, dashed */
  show(trace: Trace, before?: Trace): void {
    this.#trace = trace
    this.#before = before
    this.#plot.setData([trace.at, trace.low, trace.high, trace.mean], false)
    this.#plot.redraw(true, true)
  }

  look({ from, to }: Seconds): void {
    this.#plot.setScale('x', { min: from, max: to })
  }

  /** Draw again what did not change by itself. */
  redraw(): void {
    this.#plot.redraw(false, false)
  }

  resize(width: number, height: number): void {
    this.#plot.setSize({ width, height })
  }

  /** Time under a place of the page, s. @param clientX - px */
  timeAt(clientX: number): number {
    return this.#plot.posToVal(clientX - this.#plot.over.getBoundingClientRect().left, 'x')
  }

  /** Put the cursor of all charts of this name at a time, s. */
  point(seconds: number): void {
    this.#plot.setCursor({ left: this.#plot.valToPos(seconds, 'x'), top: 0 })
  }

  get widthPx(): number {
    return this.#plot.over.clientWidth
  }

  destroy(): void {
    this.#plot.destroy()
  }

  #settings(options: PlotOptions): uPlot.Options {
    const { width, height, colours, timeText, valueText, leastSpan, sync } = options
    const axis = {
      stroke: () => colours().quiet,
      font: colours().font,
      grid: { stroke: () => colours().edge, width: 1 },
      ticks: { stroke: () => colours().edge, width: 1, size: 4 },
    }
    const gaps: uPlot.Series.GapsRefiner = (plot) => this.#gaps(plot)
    const points = { show: false }
    return {
      width,
      height,
      legend: { show: false },
      cursor: { sync: { key: sync }, drag: { x: false, y: false }, points: { show: false } },
      scales: {
        x: { time: true, auto: false },
        y: {
          range: (_plot, low, high) => {
            const [least, most] = withBefore(low, high, this.#before)
            return rangeOf(least, most, leastSpan)
          },
        },
      },
      axes: [
        {
          ...axis,
          size: 28,
          space: TIME_SPACE_PX,
          values: (_plot, splits, _index, _space, step) => splits.map((time) => timeText(time, step)),
        },
        {
          ...axis,
          size: 48,
          values: (_plot, splits, _index, _space, step) => splits.map((value) => valueText(value, step)),
        },
      ],
      series: [
        {},
        { stroke: 'transparent', points, gaps },
        { stroke: 'transparent', points, gaps },
        {
          stroke: () => colours().accent,
          width: 1.5,
          points: { show: (_plot, _series, first, last) => this.#isSparse(first, last) },
          gaps,
        },
      ],
      bands: [{ series: [HIGH, LOW], fill: () => colours().soft }],
      hooks: {
        setCursor: [
          ({ cursor, posToVal }) => {
            const { left } = cursor
            const isSomewhere = left !== undefined && left !== null && left >= 0
            options.onCursor?.(isSomewhere ? posToVal(left, 'x') : undefined)
          },
        ],
        drawAxes: [(plot) => this.#drawBefore(plot, colours())],
        draw: [
          (plot) => this.#drawSuspect(plot, colours()),
          (plot) => drawRuler(plot, options.ruler?.() ?? [], colours()),
        ],
      },
    }
  }

  /** Few readings are dots: a line between two of them says more than is known. */
  #isSparse(first: number, last: number): boolean {
    return this.#trace?.isGathered === false && last - first < 60
  }

  #gaps(plot: uPlot): uPlot.Series.Gaps {
    const gaps = this.#trace?.gaps ?? new Float64Array()
    const found: [number, number][] = []
    for (let index = 0; index + 1 < gaps.length; index += 2) {
      const [from = 0, to = 0] = [gaps[index], gaps[index + 1]]
      found.push([Math.round(plot.valToPos(from, 'x', true)), Math.round(plot.valToPos(to, 'x', true))])
    }
    return found
  }

  #drawBefore(plot: uPlot, { quiet }: Colours): void {
    const before = this.#before
    if (before === undefined) return
    const { ctx, bbox } = plot
    const breaks = new Set<number>()
    for (let index = 1; index < before.gaps.length; index += 2) breaks.add(before.gaps[index] ?? 0)
    const begins = [...breaks].sort((a, b) => a - b)
    let next = 0
    ctx.save()
    ctx.beginPath()
    ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height)
    ctx.clip()
    ctx.strokeStyle = quiet
    ctx.lineWidth = 1.25 * devicePixelRatio
    ctx.setLineDash([5 * devicePixelRatio, 4 * devicePixelRatio])
    ctx.beginPath()
    for (const [index, time] of before.at.entries()) {
      let isBegin = index === 0
      while (next < begins.length && (begins[next] ?? 0) <= time + 1e-6) {
        isBegin = true
        next++
      }
      const x = plot.valToPos(time, 'x', true)
      const y = plot.valToPos(before.mean[index] ?? 0, 'y', true)
      if (isBegin) ctx.moveTo(x, y)
      else ctx.lineTo(x, y)
    }
    ctx.stroke()
    ctx.restore()
  }

  #drawSuspect(plot: uPlot, { warn }: Colours): void {
    const { ctx, bbox } = plot
    const { suspectAt, suspect } = this.#trace ?? {}
    if (suspectAt === undefined || suspect === undefined) return
    const size = DIAMOND_PX * devicePixelRatio
    ctx.save()
    ctx.strokeStyle = warn
    ctx.lineWidth = 1.5 * devicePixelRatio
    for (const [index, time] of suspectAt.entries()) {
      const x = plot.valToPos(time, 'x', true)
      if (x < bbox.left || x > bbox.left + bbox.width) continue
      // What lies outside of the scale is shown at its edge.
      const y = plot.valToPos(suspect[index] ?? 0, 'y', true)
      const at = Math.min(Math.max(y, bbox.top + size), bbox.top + bbox.height - size)
      ctx.beginPath()
      ctx.moveTo(x, at - size)
      ctx.lineTo(x + size, at)
      ctx.lineTo(x, at + size)
      ctx.lineTo(x - size, at)
      ctx.closePath()
      ctx.stroke()
    }
    ctx.restore()
  }
}

function drawRuler({ ctx, bbox, valToPos }: uPlot, times: readonly number[], { ink }: Colours): void {
  ctx.save()
  ctx.strokeStyle = ink
  ctx.lineWidth = devicePixelRatio
  for (const time of times) {
    const x = valToPos(time, 'x', true)
    ctx.beginPath()
    ctx.moveTo(x, bbox.top)
    ctx.lineTo(x, bbox.top + bbox.height)
    ctx.stroke()
  }
  ctx.restore()
}

function withBefore(low: number | null, high: number | null, before: Trace | undefined) {
  if (before === undefined || before.at.length === 0) return [low, high] as const
  const least = before.mean.reduce((a, b) => Math.min(a, b))
  const most = before.mean.reduce((a, b) => Math.max(a, b))
  return [Math.min(low ?? least, least), Math.max(high ?? most, most)] as const
}

function rangeOf(low: number | null, high: number | null, leastSpan: number): uPlot.Range.MinMax {
  if (low === null || high === null) return [0, leastSpan]
  const span = Math.max((high - low) * 1.15, leastSpan)
  const middle = (high + low) / 2
  return [middle - span / 2, middle + span / 2]
}
