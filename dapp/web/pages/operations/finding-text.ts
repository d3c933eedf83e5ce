import type { Finding } from '../../operations/finding.ts'
import { number } from '../../words/format.ts'
import { hasWords, t } from '../../words/words.ts'

export const findingText = ({ what, count }: Finding): string =>
  t(`operations.finding.${what}`, { number: number(count, Number.isInteger(count) ? 0 : 1) })

/** What to do about it; undefined where nothing needs to be done. */
export function doingText({ what }: Finding): string | undefined {
  const key = `operations.doing.${what}`
  return hasWords(key) ? t(key) : undefined
}
