import { t } from '../../words/words.ts'

export function Sharing() {
  return <h1>{t('sharing.title')}</h1>
}
