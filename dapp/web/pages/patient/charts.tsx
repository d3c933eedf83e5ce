import { DAY_MS, HOUR_MS, MINUTE_MS } from '@hygeia/protocol/units'
import { useSignal } from '@preact/signals'
import { useEffect, useMemo } from 'preact/hooks'
import { Chart } from '../../charts/chart.tsx'
import { WindowMover } from '../../charts/window.ts'
import { Button, Segments } from '../../design/button.tsx'
import { Loading, Trouble } from '../../design/feedback.tsx'
import { useAsk } from '../../shell/ask.ts'
import { readingsChange } from '../../shell/feed.ts'
import { room } from '../../shell/session.ts'
import { explain } from '../../shell/trouble.ts'
import { day, dayAndTime } from '../../words/format.ts'
import { t } from '../../words/words.ts'
import { Ecg } from '../common/ecg.tsx'
import { openReadings } from './readings.ts'

const SPANS = { day: DAY_MS, week: 7 * DAY_MS, month: 30 * DAY_MS } as const
type Span = keyof typeof SPANS
/** Channels whose readings are events, or no curve. */
const NO_CURVES: ReadonlySet<string> = new Set(['alarm', 'news2', 'patient-event', 'consciousness', 'oxygen'])

/** Ends at the next whole minute: a chart that moves with every second cannot be read. */
const endOf = (now: number) => Math.ceil(now / MINUTE_MS) * MINUTE_MS

export function Charts() {
  const span = useSignal<Span>('day')
  const end = useSignal(endOf(Date.now()))
  const isLoading = useSignal(true)
  const trouble = useSignal<string | undefined>(undefined)
  const mover = useMemo(() => new WindowMover({ from: end.value - DAY_MS, to: end.value }), [])

  const range = { from: end.value - SPANS[span.value], to: end.value }
  useEffect(() => {
    let isOver = false
    isLoading.value = true
    mover.reset(range)
    const { readings } = room.value
    openReadings()
      .then(() => readings.load(range.from, range.to))
      .catch((cause: unknown) => {
        if (!isOver) trouble.value = explain(cause)
      })
      .finally(() => {
        if (!isOver) isLoading.value = false
      })
    return () => {
      isOver = true
    }
  }, [range.from, range.to])

  const lines = useAsk(async () => {
    void readingsChange.value
    return room.value.readings.lines()
  })
  const curves = (lines.value.value ?? []).filter(
    ({ channel }) => !NO_CURVES.has(channel) && !/^(ecg|ppg|respiration)/.test(channel),
  )
  const move = (by: number) => {
    end.value = Math.min(end.value + by * SPANS[span.value], endOf(Date.now()))
  }
  return (
    <>
      <div class="row row-apart">
        <h1>{t('charts.title')}</h1>
        <div class="row">
          <Segments
            name={t('charts.span')}
            options={(['day', 'week', 'month'] as const).map((option) => [option, t(`charts.${option}`)])}
            value={span.value}
            onChoose={(chosen) => {
              span.value = chosen
            }}
          />
          <Button onClick={() => move(-1)}>{t('charts.earlier')}</Button>
          <Button isDisabled={end.value >= endOf(Date.now())} onClick={() => move(1)}>
            {t('charts.later')}
          </Button>
        </div>
      </div>
      <div class="row row-apart">
        <p class="quiet">
          {span.value === 'day'
            ? `${dayAndTime(range.from)} – ${dayAndTime(range.to)}`
            : `${day(range.from)} – ${day(range.to)}`}
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
      {span.value === 'day' && <Ecg backMs={HOUR_MS} />}
    </>
  )
}
