import { ALARM_PRIORITIES } from '@hygeia/protocol/alarm/alarm'
import { Loading, Notice } from '../../design/feedback.tsx'
import { feed } from '../../shell/feed.ts'
import { t } from '../../words/words.ts'
import type { WatchedAlarm } from '../../worker/physician/silences.ts'
import { AlarmRow } from './alarm-row.tsx'
import { nameOf, ward } from './ward.ts'

/** More of what is over nobody reads. */
const OVER_ROWS = 50

/** Those that are on first, gravest first, then the oldest. */
export function byPriority(one: WatchedAlarm, other: WatchedAlarm): number {
  const rank = ({ state, endedAt }: WatchedAlarm) =>
    state.priority === undefined || endedAt !== undefined ? -1 : ALARM_PRIORITIES.indexOf(state.priority)
  return rank(other) - rank(one) || one.since - other.since
}

/** Alarms of all patients. */
export function WardAlarms() {
  const view = ward.value
  if (view === undefined) return <Loading />
  const names = new Map(view.patients.map((row) => [row.patient, nameOf(row)]))
  const all = view.patients.flatMap(({ alarms }) => alarms)
  const on = all.filter(({ endedAt }) => endedAt === undefined).sort(byPriority)
  const groups = [
    ['on', on.filter(({ silentUntil }) => silentUntil === undefined)],
    ['silent', on.filter(({ silentUntil }) => silentUntil !== undefined)],
    [
      'over',
      all
        .filter(({ endedAt }) => endedAt !== undefined)
        .sort((one, other) => (other.endedAt ?? 0) - (one.endedAt ?? 0))
        .slice(0, OVER_ROWS),
    ],
  ] as const
  return (
    <>
      <h1>{t('physician.alarms.title')}</h1>
      {feed.value?.state === 'away' && <Notice tone="warn">{t('physician.alarms.stale')}</Notice>}
      {on.length === 0 && (
        <section class="card stack stack-tight">
          <h2>{t('physician.alarms.none')}</h2>
          <p class="quiet">{t('physician.alarms.noneText')}</p>
        </section>
      )}
      {groups.map(
        ([group, alarms]) =>
          alarms.length > 0 && (
            <section key={group} class="card stack">
              <h2>{t(`physician.alarms.${group}`)}</h2>
              {/* biome-ignore lint/a11y/noRedundantRoles: a list without bullets is none to some screen readers */}
              <ul role="list" class="alarms">
                {alarms.map((alarm) => (
                  <AlarmRow
                    key={`${alarm.patient} ${alarm.device} ${alarm.cause} ${alarm.since}`}
                    alarm={alarm}
                    name={names.get(alarm.patient) ?? ''}
                    isNamed
                  />
                ))}
              </ul>
            </section>
          ),
      )}
      <section class="stack stack-tight small quiet measure">
        <p>{t('physician.alarms.here')}</p>
        <p>{t('physician.alarms.rules')}</p>
      </section>
    </>
  )
}
