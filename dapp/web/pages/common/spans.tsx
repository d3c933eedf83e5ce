import { DAY_MS, HOUR_MS, MINUTE_MS } from '@hygeia/protocol/units'
import { type ReadonlySignal, type Signal, useComputed, useSignal } from '@preact/signals'
import type { Window } from '../../charts/window.ts'
import { Button, Segments } from '../../design/button.tsx'
import { now } from '../../shell/clock.ts'
import { day, dayAndTime } from '../../words/format.ts'
import { t } from '../../words/words.ts'

const SPANS = { hour: HOUR_MS, day: DAY_MS, week: 7 * DAY_MS, month: 30 * DAY_MS } as const
type Span = keyof typeof SPANS

/** The span of time that a page's charts show. */
export interface Shown {
  readonly span: Signal<Span>
  /** Spans before the newest. */
  readonly back: Signal<number>
  readonly range: ReadonlySignal<Window>
  /** No longer than a day. */
  readonly isShort: boolean
}

/** Ends at the next whole minute: a chart that moves with every second cannot be read. */
const endOf = (at: number) => Math.ceil(at / MINUTE_MS) * MINUTE_MS

export function useShown(first: Span): Shown {
  const span = useSignal<Span>(first)
  const back = useSignal(0)
  const newest = useComputed(() => endOf(now.value))
  const range = useComputed(() => {
    const lengthMs = SPANS[span.value]
    const to = newest.value - back.value * lengthMs
    return { from: to - lengthMs, to }
  })
  return { span, back, range, isShort: SPANS[span.value] <= DAY_MS }
}

/** Choose how long a span, and go back and forth by it. */
export function SpanChooser({ shown: { span, back } }: { readonly shown: Shown }) {
  return (
    <>
      <Segments
        name={t('charts.span')}
        options={(['hour', 'day', 'week', 'month'] as const).map((option) => [option, t(`charts.${option}`)])}
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
    </>
  )
}

export function spanText({ range, isShort }: Shown): string {
  const { from, to } = range.value
  return isShort ? `${dayAndTime(from)} – ${dayAndTime(to)}` : `${day(from)} – ${day(to)}`
}
