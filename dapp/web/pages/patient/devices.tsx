import { t } from '../../words/words.ts'

export function Devices() {
  return <h1>{t('devices.title')}</h1>
}
