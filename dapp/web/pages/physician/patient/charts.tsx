import type { Address } from '@hygeia/protocol/ids'
import { DAY_MS, HOUR_MS, SECOND_MS } from '@hygeia/protocol/units'
import { useComputed, useSignal, useSignalEffect } from '@preact/signals'
import { useEffect, useMemo } from 'preact/hooks'
import { Chart } from '../../../charts/chart.tsx'
import { WindowMover } from '../../../charts/window.ts'
import { Segments } from '../../../design/button.tsx'
import { Loading, Trouble } from '../../../design/feedback.tsx'
import { useAsk } from '../../../shell/ask.ts'
import { feed, readingsChange } from '../../../shell/feed.ts'
import { useReadings } from '../../../shell/readings.ts'
import { room } from '../../../shell/session.ts'
import { explain } from '../../../shell/trouble.ts'
import { clockTimeToSecond, day } from '../../../words/format.ts'
import { t } from '../../../words/words.ts'
import { isCurve } from '../../common/curves.ts'
import { Ecg } from '../../common/ecg.tsx'
import { SpanChooser, spanText, useShown } from '../../common/spans.tsx'
import { whoseAmong } from '../../common/whose.ts'

const BEFORE = { nothing: undefined, day: DAY_MS, week: 7 * DAY_MS } as const
type Before = keyof typeof BEFORE
const HEIGHT_PX = 150

/** All curves of a patient over one span of time, under one cursor. */
export function PatientCharts({ patient }: { readonly patient: Address }) {
  const readings = useReadings()
  const shown = useShown('hour')
  const { span, back, range, isShort } = shown
  const compared = useSignal<Before>('nothing')
  const before = useComputed(() => BEFORE[compared.value])
  const cursor = useSignal<number | undefined>(undefined)
  const mover = useMemo(() => new WindowMover(range.peek()), [])
  const isLoading = useSignal(true)
  const trouble = useSignal<string | undefined>(undefined)
  const isLive = useComputed(() => feed.value?.state === 'live')

  useSignalEffect(() => mover.follow(range.value))
  useEffect(() => mover.reset(range.peek()), [span.value, back.value])
  useEffect(() => {
    let isOver = false
    isLoading.value = true
    trouble.value = undefined
    const { from, to } = range.peek()
    const backMs = before.peek()
    const load = async () => {
      await room.value.physician.open()
      await readings.load(from, to)
      if (backMs !== undefined) await readings.load(from - backMs, to - backMs)
    }
    load()
      .catch((cause: unknown) => {
        // That nobody answers is said once, above.
        if (!isOver && isLive.peek()) trouble.value = explain(cause)
      })
      .finally(() => {
        if (!isOver) isLoading.value = false
      })
    return () => {
      isOver = true
    }
    // What was missed while nobody answered is fetched once somebody does.
  }, [patient, span.value, back.value, compared.value, isLive.value])

  const lines = useAsk(async () => {
    void readingsChange.value
    return readings.lines()
  })
  const curves = (lines.value.value ?? []).filter(({ channel }) => isCurve(channel))
  const whose = whoseAmong(curves)
  return (
    <section class="stack">
      <div class="row row-apart">
        <h2>{t('physician.patient.charts')}</h2>
        <div class="row no-print">
          <SpanChooser shown={shown} />
        </div>
      </div>
      <div class="row row-apart no-print">
        <div class="row">
          <span class="small quiet">{t('physician.patient.compare')}</span>
          <Segments
            name={t('physician.patient.compare')}
            options={(['nothing', 'day', 'week'] as const).map((option) => [
              option,
              t(`physician.patient.${option}`),
            ])}
            value={compared.value}
            onChoose={(chosen) => {
              compared.value = chosen
            }}
          />
        </div>
        {isLoading.value && <Loading text={t('charts.loading')} />}
      </div>
      <p class="small quiet chart-time">
        {cursor.value !== undefined
          ? `${day(cursor.value * SECOND_MS)} ${clockTimeToSecond(cursor.value * SECOND_MS)}`
          : spanText(shown)}
      </p>
      <Trouble text={trouble.value ?? lines.trouble.value} />
      {curves.length === 0 ? (
        !isLoading.value && <p class="quiet">{t('charts.empty')}</p>
      ) : (
        <div class="card aligned">
          {curves.map((one) => (
            <Chart
              key={`${one.device} ${one.channel}`}
              {...one}
              whose={whose(one)}
              mover={mover}
              height={HEIGHT_PX}
              before={before}
              cursor={cursor}
            />
          ))}
        </div>
      )}
      {curves.length > 0 && (
        <p class="small quiet">
          {compared.value !== 'nothing' &&
            `${t('physician.patient.earlier', {
              when: t(`physician.patient.${compared.value === 'day' ? 'yesterday' : 'lastWeek'}`),
            })} `}
          {t('charts.gathered')} {t('charts.gap')} {t('charts.suspect')}{' '}
          <span class="no-print">{t('physician.patient.keys')}</span>
        </p>
      )}
      {isShort && <Ecg backMs={HOUR_MS} />}
    </section>
  )
}
