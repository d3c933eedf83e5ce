import { Notice } from '../../design/feedback.tsx'
import { now } from '../../shell/clock.ts'
import { age } from '../../words/format.ts'
import { t } from '../../words/words.ts'
import type { WardView } from '../../worker/physician/physician-desk.ts'
import { nameOf } from './ward.ts'

/** Says that a patient's readings are no longer shown, why, and what that does not undo. */
export function GoneNotice({ gone }: { readonly gone: WardView['gone'][number] }) {
  return (
    <Notice tone="warn">
      <strong>{t(`physician.gone.${gone.why}`, { name: nameOf(gone) })}</strong>
      <span>
        {t('physician.gone.text')} {t('physician.gone.ask')}
      </span>
      <span class="small quiet">{t('physician.gone.at', { age: age(gone.at, now.value) })}</span>
    </Notice>
  )
}
