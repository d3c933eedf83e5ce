import { DAY_MS, HOUR_MS, MINUTE_MS } from '@hygeia/protocol/units'
import { useComputed, useSignal, useSignalEffect } from '@preact/signals'
import { useEffect, useMemo } from 'preact/hooks'
import { Chart } from '../../charts/chart.tsx'
import { WindowMover } from '../../charts/window.ts'
import { Button, Segments } from '../../design/button.tsx'
import { Loading, Trouble } from '../../design/feedback.tsx'
import { useAsk } from '../../shell/ask.ts'
import { now } from '../../shell/clock.ts'
import { readingsChange } from '../../shell/feed.ts'
import { room } from '../../shell/session.ts'
import { explain } from '../../shell/trouble.ts'
import { day, dayAndTime } from '../../words/format.ts'
import { t } from '../../words/words.ts'
import { isCurve } from '../common/curves.ts'
import { Ecg } from '../common/ecg.tsx'
import { openReadings } from './readings.ts'

const SPANS = { hour: HOUR_MS, day: DAY_MS, week: 7 * DAY_MS, month: 30 * DAY_MS } as const
type Span = keyof typeof SPANS
/** Ends at the next whole minute: a chart that moves with every second cannot be read. */
const endOf = (now: number) => Math.ceil(now / MINUTE_MS) * MINUTE_MS

export function Charts() {
  const span = useSignal<Span>('day')
  /** Spans before the newest. */
  const back = useSignal(0)
  const newest = useComputed(() => endOf(now.value))
  const range = useComputed(() => {
    const lengthMs = SPANS[span.value]
    const to = newest.value - back.value * lengthMs
    return { from: to - lengthMs, to }
  })
  const mover = useMemo(() => new WindowMover(range.peek()), [])
  const isLoading = useSignal(true)
  const trouble = useSignal<string | undefined>(undefined)

  // Another span is another window; the same one goes on with the clock.
  useSignalEffect(() => mover.follow(range.value))
  useEffect(() => {
    let isOver = false
    isLoading.value = true
    trouble.value = undefined
    const { from, to } = range.peek()
    mover.reset(range.peek())
    const { readings } = room.value
    openReadings()
      .then(() => readings.load(from, to))
      .catch((cause: unknown) => {
        if (!isOver) trouble.value = explain(cause)
      })
      .finally(() => {
        if (!isOver) isLoading.value = false
      })
    return () => {
      isOver = true
    }
  }, [span.value, back.value])

  const lines = useAsk(async () => {
    void readingsChange.value
    return room.value.readings.lines()
  })
  const curves = (lines.value.value ?? []).filter(({ channel }) => isCurve(channel))
  const { from, to } = range.value
  return (
    <>
      <div class="row row-apart">
        <h1>{t('charts.title')}</h1>
        <div class="row">
          <Segments
            name={t('charts.span')}
            options={(['hour', 'day', 'week', 'month'] as const).map((option) => [
              option,
              t(`charts.${option}`),
            ])}
            value={span.value}
            onChoose={(chosen) => {
              span.value = chosen
              back.value = 0
            }}
          />
          <Button onClick={() => back.value++}>{t('charts.earlier')}</Button>
          <Button isDisabled={back.value === 0} onClick={() => back.value--}>
            {t('charts.later')}
          </Button>
        </div>
      </div>
      <div class="row row-apart">
        <p class="quiet">
          {SPANS[span.value] <= DAY_MS
            ? `${dayAndTime(from)} – ${dayAndTime(to)}`
            : `${day(from)} – ${day(to)}`}
        </p>
        {isLoading.value && <Loading text={t('charts.loading')} />}
      </div>
      <Trouble text={trouble.value ?? lines.trouble.value} />
      {curves.length === 0 && !isLoading.value && <p class="quiet">{t('charts.empty')}</p>}
      {curves.map(({ device, channel }) => (
        <section key={`${device} ${channel}`} class="card">
          <Chart device={device} channel={channel} mover={mover} />
        </section>
      ))}
      {curves.length > 0 && (
        <p class="small quiet">
          {t('charts.gathered')} {t('charts.gap')} {t('charts.suspect')}
        </p>
      )}
      {SPANS[span.value] <= DAY_MS && <Ecg backMs={HOUR_MS} />}
    </>
  )
}
