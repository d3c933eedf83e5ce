import type { ComponentChildren } from 'preact'
import { Button } from '../../design/button.tsx'
import { Chip, Loading, Notice, Trouble } from '../../design/feedback.tsx'
import { Icon } from '../../design/icon.tsx'
import { now } from '../../shell/clock.ts'
import { age, clockTimeToSecond } from '../../words/format.ts'
import { t } from '../../words/words.ts'
import type { Look } from './look.ts'

/** Whether what is shown is fresh, as of when. */
export function Freshness({ looks }: { readonly looks: readonly Look<unknown>[] }) {
  const stale = looks.some((look) => look.isStale(now.value))
  const seen = seenOf(looks)
  if (seen === undefined) return null
  return stale ? (
    <Chip tone="warn">
      <Icon name="warn" size={14} />
      {t('operations.old', { age: age(seen, now.value) })}
    </Chip>
  ) : (
    <Chip tone="good">
      <Icon name="done" size={14} />
      {t('operations.live', { time: clockTimeToSecond(seen) })}
    </Chip>
  )
}

/** Why it is not fresh, and what happens about it. */
export function Staleness({ looks }: { readonly looks: readonly Look<unknown>[] }) {
  const trouble = looks.find((look) => look.trouble.value !== undefined)?.trouble.value
  const seen = seenOf(looks)
  const isStale = looks.some((look) => look.isStale(now.value))
  const again = () => {
    for (const look of looks) void look.again()
  }
  if (seen === undefined) {
    if (trouble === undefined) return <Loading />
    return (
      <Notice tone="bad">
        <span>{trouble}</span>
        <span>
          <Button onClick={again}>{t('operations.again')}</Button>
        </span>
      </Notice>
    )
  }
  if (isStale) {
    return (
      <Notice tone="warn">
        <span>{t('operations.oldText', { time: clockTimeToSecond(seen) })}</span>
        {trouble !== undefined && <span>{trouble}</span>}
        <span>
          <Button onClick={again}>{t('operations.again')}</Button>
        </span>
      </Notice>
    )
  }
  return <Trouble text={trouble} />
}

/** When the oldest of the newest answers came; undefined while one is missing. */
function seenOf(looks: readonly Look<unknown>[]): number | undefined {
  const seen = looks.map((look) => look.seenAt.value)
  return seen.every((at) => at !== undefined) ? Math.min(...seen) : undefined
}

/** A part of a page that shows what one look sees. */
export function Looking<T>({
  look,
  children,
}: {
  readonly look: Look<T>
  readonly children: (value: T) => ComponentChildren
}) {
  const value = look.value.value
  return (
    <>
      <Staleness looks={[look]} />
      {value !== undefined && children(value)}
    </>
  )
}
