import { type ChannelName, channelNamed } from '@hygeia/protocol/channel'
import type { Address } from '@hygeia/protocol/ids'
import { DAY_MS, MINUTE_MS, SECOND_MS } from '@hygeia/protocol/units'
import { effect, type Signal, signal, untracked, useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import type { Trace, TraceRange } from '../readings/trace.ts'
import { readingsChange } from '../shell/feed.ts'
import { useReadings } from '../shell/readings.ts'
import type { Remote } from '../shell/room.ts'
import { channelName, clockTime, clockTimeToSecond, dayOfMonth, number, unitName } from '../words/format.ts'
import { t } from '../words/words.ts'
import type { ReadingsDesk } from '../worker/readings-desk.ts'
import { colours } from './colours.ts'
import { Plot } from './plot.ts'
import type { WindowMover } from './window.ts'

const HEIGHT_PX = 180
/** Fetched beyond each edge of what is shown, so that a small move has something to show at once. */
const MARGIN = 0.5
/** A wheel that moved so far doubles or halves. */
const WHEEL_PX = 400
/** Moves that come faster than so are one. */
const SETTLE_MS = 80

/** Least height of the scale: what is no change to a physician fills no chart. */
const LEAST_SPAN: Readonly<Record<string, number>> = { '/min': 30, '%': 10, Cel: 2, 'mm[Hg]': 40, uV: 500 }

interface ChartProps {
  readonly device: Address
  readonly channel: ChannelName
  readonly mover: WindowMover
  readonly height?: number
  readonly ruler?: () => readonly number[]
  /** Also show the same channel so long before, ms. */
  readonly before?: Signal<number | undefined>
  /** Where the cursor of the page's charts stands, s. */
  readonly cursor?: Signal<number | undefined>
}

/** One channel over time. Drag moves, the wheel zooms, and so do the arrow keys, plus and minus. */
export function Chart({ device, channel, mover, height = HEIGHT_PX, ruler, before, cursor }: ChartProps) {
  const target = useRef<HTMLDivElement>(null)
  const summary = useSignal<string | undefined>(undefined)
  const pointed = useSignal<string | undefined>(undefined)
  const { unit } = channelNamed(channel)
  const readings = useReadings()

  useEffect(() => {
    const element = target.current
    if (element === null) return
    const digits = unit === 'Cel' ? 1 : 0
    let stop = () => {}
    const make = () => {
      // Made again with other colours.
      stop = effect(() => {
        const plot = new Plot(element, {
          width: element.clientWidth,
          height,
          colours: colours.value,
          timeText,
          valueText: (value, step) => number(value, Number.isInteger(step) ? 0 : step < 0.1 ? 2 : 1),
          leastSpan: LEAST_SPAN[unit] ?? 1,
          sync: 'hygeia',
          ...(ruler !== undefined && { ruler }),
          onCursor: (seconds) => {
            if (cursor !== undefined) cursor.value = seconds
          },
        })
        const shown = signal<Trace | undefined>(undefined)
        const show = (trace: Trace, earlier: Trace | undefined) => {
          plot.show(trace, earlier)
          shown.value = trace
          summary.value = summaryOf(trace, channel, digits)
        }
        const following = [
          followWindow(mover, plot),
          followData(mover, { device, channel, readings, before }, plot, show),
          listen(element, mover, plot, cursor),
          effect(() => {
            const value = valueAt(shown.value, cursor?.value, plot.widthPx)
            pointed.value = value === undefined ? undefined : `${number(value, digits)} ${unitName(unit)}`
          }),
          followSize(element, plot, height),
          ...(ruler === undefined
            ? []
            : [
                effect(() => {
                  ruler()
                  plot.redraw()
                }),
              ]),
        ]
        return () => {
          for (const end of following) end()
          plot.destroy()
        }
      })
    }
    // Each of a page's charts in a task of its own: together they would hold up whoever moves something.
    const timer = setTimeout(make)
    return () => {
      clearTimeout(timer)
      stop()
    }
  }, [device, channel, mover, height])

  return (
    <figure class="stack stack-tight">
      <figcaption class="row row-apart">
        <h2>
          {channelName(channel)} <span class="small quiet">{unitName(unit)}</span>
        </h2>
        <span class="small quiet">{pointed.value ?? summary.value}</span>
      </figcaption>
      <div
        ref={target}
        class="chart"
        role="application"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: takes keys, as an application does
        tabIndex={0}
        aria-label={summary.value ?? channelName(channel)}
      />
    </figure>
  )
}

function timeText(seconds: number, stepSec: number): string {
  const at = seconds * SECOND_MS
  if (stepSec * SECOND_MS >= DAY_MS) return dayOfMonth(at)
  return stepSec * SECOND_MS < MINUTE_MS ? clockTimeToSecond(at) : clockTime(at)
}

function summaryOf({ low, high, at }: Trace, channel: string, digits: number): string | undefined {
  if (at.length === 0) return undefined
  const least = number(
    low.reduce((a, b) => Math.min(a, b)),
    digits,
  )
  const most = number(
    high.reduce((a, b) => Math.max(a, b)),
    digits,
  )
  const { unit } = channelNamed(channel)
  return t('charts.summary', { channel: channelName(channel), low: least, high: most, unit: unitName(unit) })
}

/** Moving is cheap, and shown at the next frame. */
function followWindow(mover: WindowMover, plot: Plot): () => void {
  let frame = 0
  const stop = effect(() => {
    const { from, to } = mover.shown.value
    cancelAnimationFrame(frame)
    frame = requestAnimationFrame(() => plot.look({ from: from / SECOND_MS, to: to / SECOND_MS }))
  })
  return () => {
    stop()
    cancelAnimationFrame(frame)
  }
}

interface Source {
  readonly device: Address
  readonly channel: ChannelName
  readonly readings: Remote<ReadingsDesk>
  readonly before: Signal<number | undefined> | undefined
}

/**
 * Readings as fine as the screen are fetched once moving has settled, and whenever there are more: then one question
 * after another, as fast as the worker answers.
 */
function followData(
  mover: WindowMover,
  { device, channel, readings, before }: Source,
  plot: Plot,
  show: (trace: Trace, earlier: Trace | undefined) => void,
): () => void {
  let isOver = false
  let isAsking = false
  let isOld = false
  let timer: ReturnType<typeof setTimeout> | undefined
  const first = mover.shown.peek()
  const ask = async () => {
    if (isAsking) {
      isOld = true
      return
    }
    isAsking = true
    isOld = false
    const { from, to } = mover.shown.peek()
    const backMs = before?.peek()
    const margin = (to - from) * MARGIN
    const range = {
      from: from - margin,
      to: to + margin,
      buckets: Math.max(1, Math.round(plot.widthPx * (1 + 2 * MARGIN))),
    }
    try {
      const [trace, earlier] = await Promise.all([
        readings.trace(device, channel, range),
        backMs === undefined ? undefined : traceBefore(readings, { device, channel }, range, backMs),
      ])
      if (!isOver) show(trace, earlier)
    } catch {
      // The worker ended, and the page with it.
      isOver = true
    }
    isAsking = false
    if (isOld && !isOver) void ask()
  }
  const stops = [
    effect(() => {
      const shown = mover.shown.value
      clearTimeout(timer)
      if (shown !== first) timer = setTimeout(ask, SETTLE_MS)
    }),
    effect(() => {
      void readingsChange.value
      void before?.value
      // Not what it reads, but what it is told, asks again.
      untracked(() => void ask())
    }),
  ]
  return () => {
    isOver = true
    clearTimeout(timer)
    for (const stop of stops) stop()
  }
}

async function traceBefore(
  readings: Remote<ReadingsDesk>,
  { device, channel }: Pick<Source, 'device' | 'channel'>,
  { from, to, buckets }: TraceRange,
  backMs: number,
): Promise<Trace> {
  const trace = await readings.trace(device, channel, { from: from - backMs, to: to - backMs, buckets })
  const moved = (times: Trace['at']) => times.map((time) => time + backMs / SECOND_MS)
  return { ...trace, from, to, at: moved(trace.at), gaps: moved(trace.gaps) }
}

/** Pixels beside the cursor within which a reading counts as under it. */
const NEAR_PX = 6

function valueAt(trace: Trace | undefined, seconds: number | undefined, widthPx: number) {
  if (trace === undefined || seconds === undefined || trace.at.length === 0) return undefined
  let low = 0
  for (let high = trace.at.length - 1; low < high; ) {
    const middle = (low + high) >> 1
    if ((trace.at[middle] ?? 0) < seconds) low = middle + 1
    else high = middle
  }
  const away = (index: number) => Math.abs((trace.at[index] ?? Number.POSITIVE_INFINITY) - seconds)
  const nearest = low > 0 && away(low - 1) < away(low) ? low - 1 : low
  // What is fetched is twice as wide as what is shown.
  const nearSec = (NEAR_PX * (trace.to - trace.from)) / SECOND_MS / (1 + 2 * MARGIN) / widthPx
  return away(nearest) <= nearSec ? trace.mean[nearest] : undefined
}

/** Parts of what is shown by which a key moves the cursor. */
const CURSOR_STEP = 0.01

/** Shift and an arrow move the cursor. @returns whether the key meant anything */
function pointByKey(
  { key, shiftKey }: KeyboardEvent,
  mover: WindowMover,
  plot: Plot,
  cursor: Signal<number | undefined> | undefined,
): boolean {
  if (cursor === undefined || !shiftKey || (key !== 'ArrowLeft' && key !== 'ArrowRight')) return false
  const { from, to } = mover.shown.value
  const step = ((to - from) / SECOND_MS) * CURSOR_STEP * (key === 'ArrowLeft' ? -1 : 1)
  const at = (cursor.peek() ?? (from + to) / 2 / SECOND_MS) + step
  plot.point(Math.min(Math.max(at, from / SECOND_MS), to / SECOND_MS))
  return true
}

function listen(
  element: HTMLElement,
  mover: WindowMover,
  plot: Plot,
  cursor: Signal<number | undefined> | undefined,
): () => void {
  const ended = new AbortController()
  const options = { signal: ended.signal }
  let last: number | undefined
  element.addEventListener(
    'wheel',
    (event) => {
      // A page that is scrolled past is not to be caught: zooming takes a modifier, as maps have it.
      if (!event.ctrlKey && !event.metaKey) return
      event.preventDefault()
      mover.zoom(plot.timeAt(event.clientX) * SECOND_MS, 2 ** (-event.deltaY / WHEEL_PX))
    },
    { ...options, passive: false },
  )
  element.addEventListener(
    'pointerdown',
    (event) => {
      last = event.clientX
      element.setPointerCapture(event.pointerId)
    },
    options,
  )
  element.addEventListener(
    'pointermove',
    ({ clientX }) => {
      if (last === undefined) return
      const { from, to } = mover.shown.value
      mover.pan(((last - clientX) / plot.widthPx) * (to - from))
      last = clientX
    },
    options,
  )
  for (const over of ['pointerup', 'pointercancel'] as const) {
    element.addEventListener(over, () => (last = undefined), options)
  }
  element.addEventListener('dblclick', () => mover.key('Home'), options)
  element.addEventListener(
    'keydown',
    (event) => {
      if (pointByKey(event, mover, plot, cursor) || mover.key(event.key)) event.preventDefault()
    },
    options,
  )
  return () => ended.abort()
}

/** As wide as its place on the screen. Paper is laid out before anything could see it change: its sizes are the design's. */
function followSize(element: HTMLElement, plot: Plot, height: number): () => void {
  let isPrinting = false
  const fit = () => {
    if (!isPrinting) plot.resize(element.clientWidth, height)
  }
  const observer = new ResizeObserver(fit)
  observer.observe(element)
  const ended = new AbortController()
  const options = { signal: ended.signal }
  const printed = (name: string) => Number(getComputedStyle(element).getPropertyValue(name))
  addEventListener(
    'beforeprint',
    () => {
      isPrinting = true
      plot.resize(printed('--print-width'), printed('--print-height'))
    },
    options,
  )
  addEventListener(
    'afterprint',
    () => {
      isPrinting = false
      fit()
    },
    options,
  )
  return () => {
    observer.disconnect()
    ended.abort()
  }
}
