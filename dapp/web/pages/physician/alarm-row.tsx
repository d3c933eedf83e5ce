import { Button } from '../../design/button.tsx'
import { Chip } from '../../design/feedback.tsx'
import { Icon } from '../../design/icon.tsx'
import { linkTo } from '../../shell/route.ts'
import { room } from '../../shell/session.ts'
import { clockTime } from '../../words/format.ts'
import { t } from '../../words/words.ts'
import type { WatchedAlarm } from '../../worker/physician/silences.ts'
import { textOf } from '../common/alarms.tsx'

const TONES = { low: undefined, medium: 'warn', high: 'bad' } as const

interface AlarmRowProps {
  readonly alarm: WatchedAlarm
  /** Of the patient. */
  readonly name: string
  /** Among those of other patients. */
  readonly isNamed?: boolean
}

/** One alarm, and what can be done about it here. */
export function AlarmRow({ alarm, name, isNamed }: AlarmRowProps) {
  const { state, since, endedAt, silentUntil, patient, device, cause } = alarm
  const text = textOf(state.cause)
  const what = { alarm: text, name }
  const about = { patient, device, cause, since }
  const { physician } = room.value
  return (
    <li
      class={endedAt === undefined ? 'alarm' : 'alarm alarm-over'}
      data-priority={endedAt === undefined ? state.priority : undefined}
    >
      <div class="stack stack-tight">
        <span class="row">
          {endedAt === undefined && state.priority !== undefined ? (
            <Chip tone={TONES[state.priority]}>
              <Icon name="bell" size={14} />
              {t(`alarms.priority.${state.priority}`)}
            </Chip>
          ) : (
            <Chip>{t('alarms.over')}</Chip>
          )}
          <strong>{text}</strong>
        </span>
        <span class="small quiet">
          {isNamed === true && (
            <>
              <a href={linkTo('patients', patient)}>{name}</a>
              {' · '}
            </>
          )}
          {endedAt === undefined
            ? t('alarms.running', { at: clockTime(since) })
            : t('alarms.ended', { from: clockTime(since), to: clockTime(endedAt) })}
          {state.isAcknowledged && ` · ${t('physician.alarms.there')}`}
          {silentUntil !== undefined &&
            ` · ${t('physician.alarms.silentFor', { at: clockTime(silentUntil) })}`}
        </span>
      </div>
      {endedAt === undefined && (
        <div class="row no-print">
          {silentUntil === undefined && (
            <Button
              label={t('physician.alarms.acknowledgeTitle', what)}
              onClick={() => void physician.acknowledge(about)}
            >
              {t('physician.alarms.acknowledge')}
            </Button>
          )}
          <Button
            kind="plain"
            label={t('physician.alarms.snoozeTitle', what)}
            onClick={() => void physician.snooze(about)}
          >
            {t('physician.alarms.snooze')}
          </Button>
        </div>
      )}
    </li>
  )
}
