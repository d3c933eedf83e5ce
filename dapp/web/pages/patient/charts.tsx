import { t } from '../../words/words.ts'

export function Charts() {
  return <h1>{t('charts.title')}</h1>
}
