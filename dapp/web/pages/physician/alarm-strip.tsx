import { useSignalEffect } from '@preact/signals'
import { Notice } from '../../design/feedback.tsx'
import { linkTo, route } from '../../shell/route.ts'
import { t } from '../../words/words.ts'
import { raised } from './ward.ts'

/** Says on every page, and in the title of the tab, that alarms are on. */
export function AlarmStrip() {
  const count = raised.value.length
  useSignalEffect(() => {
    const { length } = raised.value
    document.title = length === 0 ? t('brand') : `(${length}) ${t('brand')}`
    return () => {
      document.title = t('brand')
    }
  })
  if (count === 0 || route.value.place === 'alarms') return null
  const isHigh = raised.value.some(({ state }) => state.priority === 'high')
  return (
    <div class="no-print">
      <Notice tone={isHigh ? 'bad' : 'warn'}>
        <span class="row row-apart">
          <strong>{t('physician.alarms.raised', { count })}</strong>
          <a href={linkTo('alarms')}>{t('physician.alarms.see')}</a>
        </span>
      </Notice>
    </div>
  )
}
