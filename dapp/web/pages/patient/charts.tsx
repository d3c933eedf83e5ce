import { HOUR_MS } from '@hygeia/protocol/units'
import { useSignal, useSignalEffect } from '@preact/signals'
import { useEffect, useMemo } from 'preact/hooks'
import { Chart } from '../../charts/chart.tsx'
import { WindowMover } from '../../charts/window.ts'
import { Loading, Trouble } from '../../design/feedback.tsx'
import { useAsk } from '../../shell/ask.ts'
import { readingsChange } from '../../shell/feed.ts'
import { room } from '../../shell/session.ts'
import { explain } from '../../shell/trouble.ts'
import { t } from '../../words/words.ts'
import { isCurve } from '../common/curves.ts'
import { Ecg } from '../common/ecg.tsx'
import { SpanChooser, spanText, useShown } from '../common/spans.tsx'
import { whoseAmong } from '../common/whose.ts'
import { openReadings } from './readings.ts'

export function Charts() {
  const shown = useShown('day')
  const { span, back, range } = shown
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
  const whose = whoseAmong(curves)
  return (
    <>
      <div class="row row-apart">
        <h1>{t('charts.title')}</h1>
        <div class="row">
          <SpanChooser shown={shown} />
        </div>
      </div>
      <div class="row row-apart">
        <p class="quiet">{spanText(shown)}</p>
        {isLoading.value && <Loading text={t('charts.loading')} />}
      </div>
      <Trouble text={trouble.value ?? lines.trouble.value} />
      {curves.length === 0 && !isLoading.value && <p class="quiet">{t('charts.empty')}</p>}
      {curves.map((one) => (
        <section key={`${one.device} ${one.channel}`} class="card">
          <Chart {...one} whose={whose(one)} mover={mover} />
        </section>
      ))}
      {curves.length > 0 && (
        <p class="small quiet">
          {t('charts.gathered')} {t('charts.gap')} {t('charts.suspect')}
        </p>
      )}
      {shown.isShort && <Ecg backMs={HOUR_MS} />}
    </>
  )
}
