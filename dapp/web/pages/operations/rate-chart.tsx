import type { IngestMoment } from '@hygeia/dapp/staff/answers'
import { MINUTE_MS } from '@hygeia/protocol/units'
import { clockTime, number } from '../../words/format.ts'
import { t } from '../../words/words.ts'

const WIDTH = 600
const HEIGHT = 96
/** A scale that a single batch does not fill. */
const LEAST_TOP = 5

interface RateChartProps {
  readonly history: readonly IngestMoment[]
  readonly what: 'taken' | 'refused'
}

/** How many a minute, over the last hours: a step for each moment that was counted. */
export function RateChart({ history, what }: RateChartProps) {
  const name = t(`operations.ingest.${what}`)
  const begin = history[0]?.at
  const end = history.at(-1)?.at
  if (begin === undefined || end === undefined || end === begin) {
    return <p class="quiet small">{t('operations.ingest.gathering')}</p>
  }
  const rates = history.slice(1).map((moment, index) => {
    const before = history[index] ?? moment
    const minutes = (moment.at - before.at) / MINUTE_MS
    return { from: before.at, to: moment.at, rate: minutes > 0 ? moment[what] / minutes : 0 }
  })
  const most = Math.max(...rates.map(({ rate }) => rate))
  const least = Math.min(...rates.map(({ rate }) => rate))
  const top = Math.max(most, LEAST_TOP)
  const x = (at: number) => (((at - begin) / (end - begin)) * WIDTH).toFixed(1)
  const y = (rate: number) => (HEIGHT - (rate / top) * (HEIGHT - 4)).toFixed(1)
  const line = rates.map(({ from, to, rate }) => `L${x(from)} ${y(rate)}L${x(to)} ${y(rate)}`).join('')
  const text = t('operations.ingest.chart', {
    name,
    least: number(least, 1),
    most: number(most, 1),
    time: clockTime(begin),
  })
  return (
    <figure class={`rate rate-${what}`}>
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={text}>
        <path class="rate-area" d={`M0 ${HEIGHT}${line}L${WIDTH} ${HEIGHT}Z`} />
        <path class="rate-line" d={`M${line.slice(1)}`} vector-effect="non-scaling-stroke" />
      </svg>
      <figcaption class="small quiet row row-apart">
        <span>{clockTime(begin)}</span>
        <span>
          {most === 0 ? t('operations.ingest.none') : t('operations.ingest.most', { most: number(most, 1) })}
        </span>
        <span>{clockTime(end)}</span>
      </figcaption>
    </figure>
  )
}
