import { useSignal } from '@preact/signals'
import { Button } from '../../design/button.tsx'
import { Notice, Trouble } from '../../design/feedback.tsx'
import { Field, Form } from '../../design/field.tsx'
import { useAct } from '../../shell/act.ts'
import { room } from '../../shell/session.ts'
import { t } from '../../words/words.ts'

const SHARES = 3
const THRESHOLD = 2

/** Three shares of the keys to hand to people one trusts; two of them bring the keys back. */
export function Shares() {
  const passphrase = useSignal('')
  const shares = useSignal<readonly string[]>([])
  const make = useAct(async () => {
    shares.value = await room.value.vault.shares(passphrase.value, SHARES, THRESHOLD)
    passphrase.value = ''
  })
  return (
    <section class="card stack">
      <h2>{t('shares.title')}</h2>
      <p class="quiet">{t('shares.text', { count: SHARES, threshold: THRESHOLD })}</p>
      {shares.value.length === 0 ? (
        <Form onSubmit={make.run}>
          <Field
            label={t('passphrase.label')}
            type="password"
            autocomplete="current-password"
            value={passphrase.value}
            onInput={(text) => {
              passphrase.value = text
            }}
          />
          <Trouble text={make.trouble.value} />
          <div class="row">
            <Button type="submit" isBusy={make.isBusy.value}>
              {t('shares.make')}
            </Button>
          </div>
        </Form>
      ) : (
        <>
          <Notice tone="warn">{t('shares.advice')}</Notice>
          <ol class="stack stack-tight">
            {shares.value.map((share) => (
              <li key={share}>
                <code class="ltr">{share}</code>
              </li>
            ))}
          </ol>
          <div class="row">
            <Button
              onClick={() => {
                shares.value = []
              }}
            >
              {t('shares.hide')}
            </Button>
          </div>
        </>
      )}
    </section>
  )
}
