import { PARAMETERS } from '@hygeia/protocol/news2/observations'
import { Chip, Notice } from '../../design/feedback.tsx'
import type { TimedScore } from '../../readings/alarms.ts'
import { now } from '../../shell/clock.ts'
import { age, number } from '../../words/format.ts'
import { t } from '../../words/words.ts'

const TONES = { low: 'good', 'low-medium': 'warn', medium: 'warn', high: 'bad' } as const

/** The early warning score with its parts. An incomplete one has no band: what is missing could change it. */
export function ScoreCard({ timed }: { readonly timed: TimedScore | undefined }) {
  return (
    <section class="card stack">
      <h2>{t('score.title')}</h2>
      {timed === undefined ? <p class="quiet">{t('score.none')}</p> : <Parts timed={timed} />}
    </section>
  )
}

function Parts({ timed: { score, at } }: { readonly timed: TimedScore }) {
  const { atLeast, known, risk, hasThree, points } = score
  const all = PARAMETERS.length
  return (
    <>
      <div class="row">
        <span class="tile-value">
          {risk === undefined
            ? t('score.incomplete', { points: number(atLeast), known, all })
            : number(atLeast)}
        </span>
        {risk !== undefined && <Chip tone={TONES[risk]}>{t(`score.risk.${risk}`)}</Chip>}
      </div>
      <p class="small quiet">{t('score.made', { age: age(at, now.value) })}</p>
      {risk === undefined && <p class="small quiet">{t('score.incompleteText')}</p>}
      {hasThree && <Notice tone="warn">{t('score.three')}</Notice>}
      <dl class="parts small">
        {PARAMETERS.map((parameter) => {
          const part = points[parameter]
          return (
            <div key={parameter} class="part">
              <dt>{t(`score.part.${parameter}`)}</dt>
              <dd class={part === undefined ? 'quiet' : undefined}>
                {part === undefined ? t('score.unknown') : t('score.points', { count: part })}
              </dd>
            </div>
          )
        })}
      </dl>
    </>
  )
}
