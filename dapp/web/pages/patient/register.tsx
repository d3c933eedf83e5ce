import { Button } from '../../design/button.tsx'
import { Trouble } from '../../design/feedback.tsx'
import { useAct } from '../../shell/act.ts'
import { isRegistered } from '../../shell/registration.ts'
import { room, standing } from '../../shell/session.ts'
import { t } from '../../words/words.ts'

export function Register() {
  const register = useAct(async () => {
    await room.value.patient.register()
    isRegistered.value = true
  })
  const account = standing.value?.state === 'open' ? standing.value.address : ''
  return (
    <section class="card card-roomy stack">
      <h1>{t('register.title')}</h1>
      <p>{t('register.text')}</p>
      <dl class="facts">
        <dt>{t('register.account')}</dt>
        <dd>
          <code class="ltr">{account}</code>
        </dd>
        <dt>{t('register.hospital')}</dt>
        <dd class="ltr">{location.host}</dd>
      </dl>
      <Trouble text={register.trouble.value} />
      <div class="row">
        <Button kind="main" isBusy={register.isBusy.value} onClick={register.run}>
          {register.isBusy.value ? t('register.working') : t('register.go')}
        </Button>
      </div>
      <p class="quiet small">{t('register.slow')}</p>
    </section>
  )
}
