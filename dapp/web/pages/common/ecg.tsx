import type { ChannelName } from '@hygeia/protocol/channel'
import type { Address } from '@hygeia/protocol/ids'
import { MINUTE_MS, SECOND_MS } from '@hygeia/protocol/units'
import { useSignal } from '@preact/signals'
import { useEffect, useMemo } from 'preact/hooks'
import { Chart } from '../../charts/chart.tsx'
import { WindowMover } from '../../charts/window.ts'
import { useReadings } from '../../shell/readings.ts'
import type { Remote } from '../../shell/room.ts'
import { number } from '../../words/format.ts'
import { t } from '../../words/words.ts'
import type { ReadingsDesk } from '../../worker/readings-desk.ts'

/** A strip of paper is so long. */
const STRIP_MS = 10 * SECOND_MS
/** Waveforms are fetched by the minute: a day of one is 20 million readings. */
const FETCH_MS = 2 * MINUTE_MS
const HEIGHT_PX = 260
const RULER_STEPS = 1_000

interface Strip {
  readonly device: Address
  readonly channel: ChannelName
  /** Of the newest reading, ms. */
  readonly end: number
}

/** The newest strip of the electrocardiogram. @param backMs - how old it may be */
export function Ecg({ backMs }: { readonly backMs: number }) {
  const strips = useSignal<readonly Strip[] | undefined>(undefined)
  const readings = useReadings()
  useEffect(() => {
    let isOver = false
    find(readings, backMs).then(
      (found) => {
        if (!isOver) strips.value = found
      },
      () => {
        if (!isOver) strips.value = []
      },
    )
    return () => {
      isOver = true
    }
  }, [backMs])
  if (strips.value === undefined || strips.value.length === 0) return null
  return (
    <>
      {strips.value.map((strip) => (
        <StripCard key={`${strip.device} ${strip.channel}`} strip={strip} />
      ))}
    </>
  )
}

async function find(readings: Remote<ReadingsDesk>, backMs: number): Promise<readonly Strip[]> {
  const now = Date.now()
  const end = await readings.waveformEnd(now - backMs, now)
  if (end === undefined) return []
  await readings.loadWaveform(end - FETCH_MS, end)
  const lines = await readings.lines()
  return lines.filter(({ channel }) => channel.startsWith('ecg-')).map((line) => ({ ...line, end }))
}

function StripCard({ strip: { device, channel, end } }: { readonly strip: Strip }) {
  const limits = { from: end - FETCH_MS, to: end }
  const mover = useMemo(() => {
    const made = new WindowMover(limits)
    made.zoom(end, FETCH_MS / STRIP_MS)
    return made
  }, [end])
  // Parts of what is shown.
  const first = useSignal(0.4)
  const second = useSignal(0.48)
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
      <fieldset class="stack stack-tight no-print">
        <legend class="legend">{t('charts.caliper')}</legend>
        <p class="small quiet">{t('charts.caliperText')}</p>
        <Slider name={t('charts.caliperFrom')} part={first.value} onMove={(part) => (first.value = part)} />
        <Slider name={t('charts.caliperTo')} part={second.value} onMove={(part) => (second.value = part)} />
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
