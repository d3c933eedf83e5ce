import { channelNamed } from '@hygeia/protocol/channel'
import { PARAMETERS } from '@hygeia/protocol/news2/observations'
import { Chip } from '../../design/feedback.tsx'
import { Icon } from '../../design/icon.tsx'
import type { TimedScore } from '../../readings/alarms.ts'
import { now } from '../../shell/clock.ts'
import { linkTo } from '../../shell/route.ts'
import { age, channelName, dayAndTime, number, unitName } from '../../words/format.ts'
import { t } from '../../words/words.ts'
import type { PatientRow } from '../../worker/physician/patients.ts'
import type { PlacedLatest } from '../../worker/readings-desk.ts'
import { isWaveformChannel } from '../common/curves.ts'
import { digitsOf, STALE_MS, saidBy } from '../common/tile.tsx'
import { nameOf } from './ward.ts'

const TONES = { low: 'good', 'low-medium': 'warn', medium: 'warn', high: 'bad' } as const
/** What a glance at many patients has room for, by what matters most. */
const SHOWN = 6

/** One patient of the list. */
export function PatientCard({ row }: { readonly row: PatientRow }) {
  const { patient, latest, newestAt, accessTo, emergencyTo, trouble, score } = row
  const shown = latest.filter(({ channel }) => !isWaveformChannel(channel)).slice(0, SHOWN)
  const isStale = newestAt !== undefined && now.value - newestAt > STALE_MS
  return (
    <li class={isStale ? 'card patient patient-stale' : 'card patient'}>
      <ScoreBadge timed={score} />
      <div class="stack stack-tight">
        <div class="row row-apart">
          <h3 class="patient-name">
            <a href={linkTo('patients', patient)}>{nameOf(row)}</a>
          </h3>
          <AlarmChip row={row} />
        </div>
        <dl class="values">
          {shown.map((one) => (
            <Value key={`${one.device} ${one.channel}`} latest={one} />
          ))}
        </dl>
        <p class="row small quiet">
          {newestAt === undefined ? (
            <span>{t('physician.patients.noReading')}</span>
          ) : (
            <span class={isStale ? 'row row-close warned' : undefined}>
              {isStale && <Icon name="warn" size={16} />}
              {t(isStale ? 'physician.patients.stale' : 'physician.patients.newest', {
                age: age(newestAt, now.value),
              })}
            </span>
          )}
          <span>{t('physician.patients.ends', { at: dayAndTime(accessTo) })}</span>
          {emergencyTo !== undefined && (
            <Chip tone="bad">{t('physician.patients.emergency', { at: dayAndTime(emergencyTo) })}</Chip>
          )}
          {trouble !== undefined && <Chip tone="warn">{t('physician.patients.trouble')}</Chip>}
        </p>
      </div>
    </li>
  )
}

function ScoreBadge({ timed }: { readonly timed: TimedScore | undefined }) {
  if (timed === undefined) {
    return (
      <div class="score">
        <span class="small quiet">{t('physician.patients.news2')}</span>
        <span class="score-value quiet">–</span>
      </div>
    )
  }
  const { at, score } = timed
  const { risk, atLeast, known } = score
  const counts = { points: number(atLeast), known, all: PARAMETERS.length }
  return (
    <div class="score" data-risk={risk}>
      <span class="small quiet">{t('physician.patients.news2')}</span>
      {risk === undefined ? (
        <span class="score-part">{t('score.incomplete', counts)}</span>
      ) : (
        <>
          <span class="score-value">{number(atLeast)}</span>
          <Chip tone={TONES[risk]}>{t(`score.risk.${risk}`)}</Chip>
        </>
      )}
      <span class="small quiet">{age(at, now.value)}</span>
    </div>
  )
}

function AlarmChip({ row: { alarms } }: { readonly row: PatientRow }) {
  const on = alarms.filter(({ endedAt }) => endedAt === undefined)
  if (on.length === 0) return <Chip>{t('physician.patients.calm')}</Chip>
  const priorities = on.map(({ state }) => state.priority)
  const tone = priorities.includes('high') ? 'bad' : priorities.includes('medium') ? 'warn' : undefined
  return (
    <Chip tone={tone}>
      <Icon name="bell" size={14} />
      {t('physician.patients.alarms', { count: on.length })}
    </Chip>
  )
}

function Value({ latest: { channel, value, isSuspect, missing, at } }: { readonly latest: PlacedLatest }) {
  const said = value === undefined ? undefined : saidBy(channel, value)
  const isStale = now.value - at > STALE_MS
  return (
    <div class={isStale || isSuspect ? 'value value-quiet' : 'value'}>
      <dt class="small quiet">{channelName(channel)}</dt>
      <dd>
        {value === undefined ? (
          <span>
            –<span class="unseen">{missing === undefined ? '' : t(`now.missing.${missing}`)}</span>
          </span>
        ) : said !== undefined ? (
          <strong>{said}</strong>
        ) : (
          <>
            <strong>{number(value, digitsOf(channel))}</strong>{' '}
            <span class="small quiet">{unitName(channelNamed(channel).unit)}</span>
          </>
        )}
        {isSuspect && (
          <>
            {' '}
            <Icon name="warn" size={14} />
            <span class="unseen">{t('now.suspect')}</span>
          </>
        )}
      </dd>
    </div>
  )
}
