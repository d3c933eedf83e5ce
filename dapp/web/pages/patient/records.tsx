import { t } from '../../words/words.ts'

export function Records() {
  return <h1>{t('records.title')}</h1>
}
