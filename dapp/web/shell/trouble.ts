import { hasWords, t } from '../words/words.ts'
import { RoomError } from './room.ts'

/** What went wrong, in words of the person who has to do something about it. */
export function explain(cause: unknown): string {
  const code = cause instanceof RoomError ? cause.code : cause instanceof Error ? cause.name : 'other'
  const refused = code === 'REFUSED' && cause instanceof RoomError ? problemOf(cause.detail) : undefined
  const key = `trouble.${refused ?? code}`
  if (hasWords(key)) return t(key)
  return refused === undefined ? t('trouble.other') : t('trouble.refused', { problem: refused })
}

/** Whether nobody answers, which says nothing against anybody. */
export function isHospitalAway(cause: unknown): boolean {
  return cause instanceof RoomError && (cause.code === 'UNREACHABLE' || cause.code === 'SILENT')
}

/** The hospital's own code for why it refused. */
function problemOf(detail: unknown): string | undefined {
  if (typeof detail !== 'object' || detail === null || !('problem' in detail)) return undefined
  return String(detail.problem)
}
