import type { ChannelName } from '@hygeia/protocol/channel'
import type { Address } from '@hygeia/protocol/ids'
import { MINUTE_MS, SECOND_MS } from '@hygeia/protocol/units'
import { effect, type Signal, useSignal } from '@preact/signals'
import { useEffect, useMemo } from 'preact/hooks'
import { Chart } from '../../charts/chart.tsx'
import { WindowMover } from '../../charts/window.ts'
import { Button } from '../../design/button.tsx'
import { readingsChange } from '../../shell/feed.ts'
import { useReadings } from '../../shell/readings.ts'
import type { Remote } from '../../shell/room.ts'
import { clockTimeToSecond, number } from '../../words/format.ts'
import { t } from '../../words/words.ts'
import type { ReadingsDesk } from '../../worker/readings-desk.ts'

/** A strip of paper is so long. */
const STRIP_MS = 10 * SECOND_MS
/** Waveforms are fetched by the minute: a day of one is 20 million readings. */
const FETCH_MS = 2 * MINUTE_MS
const HEIGHT_PX = 260
const RULER_STEPS = 1_000

interface Strips {
  /** Of the newest reading, ms. */
  readonly end: number
  readonly lines: readonly { readonly device: Address; readonly channel: ChannelName }[]
}

/** The newest strip of the electrocardiogram, and on with what comes in. @param backMs - how old it may be */
export function Ecg({ backMs }: { readonly backMs: number }) {
  const strips = useSignal<Strips | undefined>(undefined)
  const readings = useReadings()
  useEffect(() => {
    strips.value = undefined
    return followWaveform(readings, backMs, (found) => {
      strips.value = found
    })
  }, [backMs])
  const { end, lines } = strips.value ?? { end: 0, lines: [] }
  return (
    <>
      {lines.map(({ device, channel }) => (
        <StripCard key={`${device} ${channel}`} device={device} channel={channel} end={end} />
      ))}
    </>
  )
}

/** Find the newest waveform, and each that comes after it. @returns ends it */
function followWaveform(
  readings: Remote<ReadingsDesk>,
  backMs: number,
  show: (strips: Strips) => void,
): () => void {
  let isOver = false
  let shownEnd: number | undefined
  const fetchUpTo = async (end: number) => {
    await readings.loadWaveform(Math.max(end - FETCH_MS, shownEnd ?? 0), end)
    const lines = (await readings.lines()).filter(({ channel }) => channel.startsWith('ecg-'))
    shownEnd = end
    if (!isOver) show({ end, lines })
  }
  const now = Date.now()
  const first = readings.waveformEnd(now - backMs, now)
  // One after another: what comes meanwhile is found in the next turn.
  let turns = first.then((end) => (end === undefined ? undefined : fetchUpTo(end))).catch(() => {})
  const stop = effect(() => {
    void readingsChange.value
    turns = turns
      .then(() => readings.newWaveformEnd())
      .then((end) => (isOver || end === undefined || end <= (shownEnd ?? 0) ? undefined : fetchUpTo(end)))
      // Who is away now is heard of by the next change.
      .catch(() => {})
  })
  return () => {
    isOver = true
    stop()
  }
}

interface StripProps {
  readonly device: Address
  readonly channel: ChannelName
  readonly end: number
}

function StripCard({ device, channel, end }: StripProps) {
  const limits = { from: end - FETCH_MS, to: end }
  const mover = useMemo(() => {
    const made = new WindowMover(limits)
    made.zoom(end, FETCH_MS / STRIP_MS)
    return made
  }, [])
  /** Nobody measures what moves away. */
  const isHeld = useSignal(false)
  useEffect(() => {
    if (!isHeld.value) mover.advance(limits)
  }, [end, isHeld.value])
  const goOn = () => {
    mover.toEnd()
    isHeld.value = false
  }
  // Parts of what is shown.
  const first = useSignal(0.4)
  const second = useSignal(0.48)
  const measure = (caliper: Signal<number>, part: number) => {
    isHeld.value = true
    caliper.value = part
  }
  const { from, to } = mover.shown.value
  const betweenMs = Math.abs(second.value - first.value) * (to - from)
  return (
    <section class="card stack">
      <Chart
        device={device}
        channel={channel}
        mover={mover}
        height={HEIGHT_PX}
        ruler={() => {
          const shown = mover.shown.value
          const place = (part: number) => (shown.from + part * (shown.to - shown.from)) / SECOND_MS
          return [place(first.value), place(second.value)]
        }}
      />
      <div class="row row-apart">
        <span class="small quiet" data-strip-end>
          {t('charts.stripUntil', { time: clockTimeToSecond(to) })}
        </span>
        <Button onClick={isHeld.value ? goOn : () => (isHeld.value = true)}>
          {t(isHeld.value ? 'charts.goOn' : 'charts.hold')}
        </Button>
      </div>
      <fieldset class="stack stack-tight no-print">
        <legend class="legend">{t('charts.caliper')}</legend>
        <p class="small quiet">{t('charts.caliperText')}</p>
        <Slider name={t('charts.caliperFrom')} part={first.value} onMove={(part) => measure(first, part)} />
        <Slider name={t('charts.caliperTo')} part={second.value} onMove={(part) => measure(second, part)} />
        <output class="ltr">
          {t('charts.caliperSays', {
            ms: number(betweenMs),
            rate: betweenMs > 0 ? number(MINUTE_MS / betweenMs) : '–',
          })}
        </output>
      </fieldset>
    </section>
  )
}

interface SliderProps {
  readonly name: string
  /** 0 to 1. */
  readonly part: number
  readonly onMove: (part: number) => void
}

function Slider({ name, part, onMove }: SliderProps) {
  return (
    <label class="slider">
      <span class="small">{name}</span>
      <input
        type="range"
        min={0}
        max={RULER_STEPS}
        value={Math.round(part * RULER_STEPS)}
        onInput={({ currentTarget }) => onMove(currentTarget.valueAsNumber / RULER_STEPS)}
      />
    </label>
  )
}
