import { hasWords, t } from '../../words/words.ts'

/** Why something was refused, or what is wrong with it; the code itself for one that has no words. */
export function reasonText(reason: string): string {
  const key = `operations.reason.${reason}`
  return hasWords(key) ? t(key) : reason
}
