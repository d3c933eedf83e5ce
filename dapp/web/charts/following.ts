import type { ChannelName } from '@hygeia/protocol/channel'
import type { Address } from '@hygeia/protocol/ids'
import { SECOND_MS } from '@hygeia/protocol/units'
import { effect, type ReadonlySignal, type Signal } from '@preact/signals'
import type { Trace, TraceRange } from '../readings/trace.ts'
import { readingsChange } from '../shell/feed.ts'
import type { Remote } from '../shell/room.ts'
import type { ReadingsDesk } from '../worker/readings-desk.ts'
import type { Plot } from './plot.ts'
import type { WindowMover } from './window.ts'

/** Fetched beyond each edge of what is shown, so that a small move has something to show at once. */
const MARGIN = 0.5
/** Moves that come faster than so are one. */
const SETTLE_MS = 80

/** Moving is cheap, and shown at the next frame. */
export function followWindow(mover: WindowMover, plot: Plot): () => void {
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
  /** Of the chart, px: a wider one shows more. */
  readonly width: ReadonlySignal<number>
}

/**
 * Readings as fine as the screen are fetched once moving has settled, and whenever there are more: then one question
 * after another, as fast as the worker answers.
 */
export function followData(
  mover: WindowMover,
  { device, channel, readings, before, width }: Source,
  plot: Plot,
  show: (trace: Trace, earlier: Trace | undefined) => void,
): () => void {
  let isOver = false
  let isAsking = false
  let isOld = false
  let timer: ReturnType<typeof setTimeout> | undefined
  const first = [mover.shown.peek(), width.peek()]
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
      const isFirst = mover.shown.value === first[0] && width.value === first[1]
      clearTimeout(timer)
      if (!isFirst) timer = setTimeout(ask, SETTLE_MS)
    }),
    effect(() => {
      void readingsChange.value
      void before?.value
      // Not what it reads, but what it is told, asks again; a plot that was just made has its size in a moment.
      queueMicrotask(() => void ask())
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

/** The value nearest to a time, where there is one near it. */
export function valueAt(trace: Trace | undefined, seconds: number | undefined, widthPx: number) {
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

/** As wide as its place on the screen. Paper is laid out before anything could see it change: its sizes are the design's. */
export function followSize(
  element: HTMLElement,
  plot: Plot,
  height: number,
  width: Signal<number>,
): () => void {
  let isPrinting = false
  const fit = () => {
    if (isPrinting) return
    plot.resize(element.clientWidth, height)
    width.value = element.clientWidth
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
