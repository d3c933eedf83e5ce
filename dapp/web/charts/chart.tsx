import { type ChannelName, channelNamed } from '@hygeia/protocol/channel'
import type { Address } from '@hygeia/protocol/ids'
import { DAY_MS, MINUTE_MS, SECOND_MS } from '@hygeia/protocol/units'
import { effect, type Signal, signal, useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import type { Trace } from '../readings/trace.ts'
import { useReadings } from '../shell/readings.ts'
import { channelName, clockTime, clockTimeToSecond, dayOfMonth, number, unitName } from '../words/format.ts'
import { t } from '../words/words.ts'
import { colours } from './colours.ts'
import { followData, followSize, followWindow, valueAt } from './following.ts'
import { followHands } from './hands.ts'
import { Plot } from './plot.ts'
import type { WindowMover } from './window.ts'

const HEIGHT_PX = 180

/** Least height of the scale: what is no change to a physician fills no chart. */
const LEAST_SPAN: Readonly<Record<string, number>> = { '/min': 30, '%': 10, Cel: 2, 'mm[Hg]': 40, uV: 500 }

interface ChartProps {
  readonly device: Address
  readonly channel: ChannelName
  /** Names the device, where others measure the same. */
  readonly whose?: string | undefined
  readonly mover: WindowMover
  readonly height?: number
  readonly ruler?: () => readonly number[]
  /** Also show the same channel so long before, ms. */
  readonly before?: Signal<number | undefined>
  /** Where the cursor of the page's charts stands, s. */
  readonly cursor?: Signal<number | undefined>
}

/** One channel over time. Drag moves, the wheel zooms, and so do the arrow keys, plus and minus. */
export function Chart({
  device,
  channel,
  whose,
  mover,
  height = HEIGHT_PX,
  ruler,
  before,
  cursor,
}: ChartProps) {
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
      const plot = new Plot(element, {
        width: element.clientWidth,
        height,
        colours: () => colours.value,
        timeText,
        valueText: (value, step) => number(value, Number.isInteger(step) ? 0 : step < 0.1 ? 2 : 1),
        leastSpan: LEAST_SPAN[unit] ?? 1,
        sync: 'hygeia',
        ...(ruler !== undefined && { ruler }),
        onCursor: (seconds) => {
          if (cursor !== undefined) cursor.value = seconds
        },
      })
      const width = signal(element.clientWidth)
      const shown = signal<Trace | undefined>(undefined)
      const show = (trace: Trace, earlier: Trace | undefined) => {
        plot.show(trace, earlier)
        shown.value = trace
        summary.value = summaryOf(trace, channel, digits)
      }
      const following = [
        followWindow(mover, plot),
        followData(mover, { device, channel, readings, before, width }, plot, show),
        followHands(element, mover, plot, cursor),
        effect(() => {
          const value = valueAt(shown.value, cursor?.value, plot.widthPx)
          pointed.value = value === undefined ? undefined : `${number(value, digits)} ${unitName(unit)}`
        }),
        followSize(element, plot, height, width),
        effect(() => {
          void colours.value
          ruler?.()
          plot.redraw()
        }),
      ]
      stop = () => {
        for (const end of following) end()
        plot.destroy()
      }
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
          {whose !== undefined && <code class="small quiet ltr whose">{whose}</code>}
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
