import { Chip } from '../../design/feedback.tsx'
import { Icon } from '../../design/icon.tsx'
import type { Episode } from '../../readings/alarms.ts'
import { channelName, clockTime } from '../../words/format.ts'
import { t } from '../../words/words.ts'

const TONES = { low: undefined, medium: 'warn', high: 'bad' } as const

/** What is wrong, and what was. */
export function Alarms({ episodes }: { readonly episodes: readonly Episode[] }) {
  return (
    <section class="card stack">
      <h2>{t('alarms.title')}</h2>
      {episodes.length === 0 ? (
        <p class="quiet">{t('alarms.none')}</p>
      ) : (
        // biome-ignore lint/a11y/noRedundantRoles: a list without bullets is none to some screen readers
        <ul role="list" class="stack stack-tight">
          {episodes.map((episode) => (
            <Line key={`${episode.device} ${episode.cause} ${episode.since}`} episode={episode} />
          ))}
        </ul>
      )}
    </section>
  )
}

function Line({ episode: { state, since, endedAt } }: { readonly episode: Episode }) {
  const { priority, isAcknowledged } = state
  return (
    <li class="row row-apart">
      <span>
        {textOf(state.cause)}
        <br />
        <span class="small quiet">
          {endedAt === undefined
            ? t('alarms.running', { at: clockTime(since) })
            : t('alarms.ended', { from: clockTime(since), to: clockTime(endedAt) })}
          {isAcknowledged && ` · ${t('alarms.acknowledged')}`}
        </span>
      </span>
      {endedAt === undefined && priority !== undefined ? (
        <Chip tone={TONES[priority]}>
          <Icon name="warn" size={14} />
          {t(`alarms.priority.${priority}`)}
        </Chip>
      ) : (
        <Chip>{t('alarms.over')}</Chip>
      )}
    </li>
  )
}

/** What an alarm is about. */
export function textOf(cause: Episode['state']['cause']): string {
  if ('channel' in cause) return t(`alarms.${cause.kind}`, { channel: channelName(cause.channel) })
  if ('parameter' in cause) return t('alarms.three', { part: t(`score.part.${cause.parameter}`) })
  return t(`alarms.${cause.kind}`)
}
