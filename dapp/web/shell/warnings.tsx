import { Button } from '../design/button.tsx'
import { Notice } from '../design/feedback.tsx'
import { t } from '../words/words.ts'
import { feed, isStoreFull } from './feed.ts'
import { clockAheadMs } from './registration.ts'
import { waitingVersion } from './versions.ts'

/** Less than that misleads nobody. */
const CLOCK_TOLERANCE_MS = 90_000
const MINUTE_MS = 60_000

/** What one should know on every page. */
export function Warnings() {
  const ahead = Math.abs(clockAheadMs.value ?? 0)
  const take = waitingVersion.value
  return (
    <>
      {take !== undefined && (
        <Notice>
          <span>{t('newVersion.text')}</span>
          <span>
            <Button onClick={take}>{t('newVersion.take')}</Button>
          </span>
        </Notice>
      )}
      {feed.value?.state === 'away' && <Notice tone="warn">{t('feed.awayText')}</Notice>}
      {ahead > CLOCK_TOLERANCE_MS && (
        <Notice tone="warn">{t('trouble.clock', { count: Math.round(ahead / MINUTE_MS) })}</Notice>
      )}
      {isStoreFull.value && <Notice tone="warn">{t('trouble.storeFull')}</Notice>}
    </>
  )
}
