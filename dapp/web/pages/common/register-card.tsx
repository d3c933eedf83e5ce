import { Button } from '../../design/button.tsx'
import { Trouble } from '../../design/feedback.tsx'
import { useAct } from '../../shell/act.ts'
import { t } from '../../words/words.ts'

interface RegisterCardProps {
  readonly account: string
  /** What is registered, and whose words say it. */
  readonly words: 'register' | 'physician.register'
  readonly register: () => Promise<void>
}

/** What the hospital will write to its register, and the button that signs it. */
export function RegisterCard({ account, words, register }: RegisterCardProps) {
  const doing = useAct(register)
  return (
    <section class="card card-roomy stack">
      <h1>{t(`${words}.title`)}</h1>
      <p>{t(`${words}.text`)}</p>
      <dl class="facts">
        <dt>{t('register.account')}</dt>
        <dd>
          <code class="ltr">{account}</code>
        </dd>
        <dt>{t('register.hospital')}</dt>
        <dd class="ltr">{location.host}</dd>
      </dl>
      <Trouble text={doing.trouble.value} />
      <div class="row">
        <Button kind="main" isBusy={doing.isBusy.value} onClick={doing.run}>
          {t(doing.isBusy.value ? 'register.working' : 'register.go')}
        </Button>
      </div>
      <p class="quiet small">{t('register.slow')}</p>
    </section>
  )
}
