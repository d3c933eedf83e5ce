import { Chip } from '../design/feedback.tsx'
import { Icon } from '../design/icon.tsx'
import { t } from '../words/words.ts'
import { feed } from './feed.ts'

/** Whether what is shown is fresh. */
export function FeedChip() {
  const told = feed.value
  if (told === undefined) return null
  return (
    <span role="status">
      {told.state === 'away' ? (
        <Chip tone="warn">
          <Icon name="warn" size={14} />
          {t('feed.away')}
        </Chip>
      ) : (
        <Chip tone="good">
          <Icon name="done" size={14} />
          {t(`feed.${told.state}`)}
        </Chip>
      )}
    </span>
  )
}
