import { Button } from '../../design/button.tsx'
import { tab } from '../../shell/session.ts'
import { t } from '../../words/words.ts'
import { Front } from './front.tsx'

export function Elsewhere() {
  return (
    <Front>
      <h1>{t('elsewhere.title')}</h1>
      <p>{t('elsewhere.text')}</p>
      <div class="row">
        <Button kind="main" onClick={() => tab.take()}>
          {t('elsewhere.take')}
        </Button>
      </div>
    </Front>
  )
}
