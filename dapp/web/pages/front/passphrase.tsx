import type { Role } from '@hygeia/dapp/keys/role'
import { useSignal } from '@preact/signals'
import { Button } from '../../design/button.tsx'
import { Trouble } from '../../design/feedback.tsx'
import { Field, Form } from '../../design/field.tsx'
import { useAct } from '../../shell/act.ts'
import { room, standing } from '../../shell/session.ts'
import { t } from '../../words/words.ts'

/** As the keystore asks for; said before it has to refuse. */
const LEAST = 12

export function ChoosePassphrase({ role }: { readonly role: Role }) {
  const first = useSignal('')
  const second = useSignal('')
  const isTried = useSignal(false)
  const isShort = first.value.length < LEAST
  const isDifferent = first.value !== second.value
  const keep = useAct(async () => {
    isTried.value = true
    if (isShort || isDifferent) return
    // What is kept must not be thrown away when the disk runs low.
    await navigator.storage?.persist?.().catch(() => false)
    standing.value = await room.value.vault.keep(role, first.value)
  })
  return (
    <Form onSubmit={keep.run}>
      <h1>{t('passphrase.title')}</h1>
      <p>{t('passphrase.text', { least: LEAST })}</p>
      <Field
        label={t('passphrase.label')}
        type="password"
        autocomplete="new-password"
        value={first.value}
        fault={isTried.value && isShort ? t('passphrase.short', { least: LEAST }) : undefined}
        onInput={(text) => {
          first.value = text
        }}
      />
      <Field
        label={t('passphrase.repeat')}
        type="password"
        autocomplete="new-password"
        value={second.value}
        fault={isTried.value && !isShort && isDifferent ? t('passphrase.differ') : undefined}
        onInput={(text) => {
          second.value = text
        }}
      />
      <Trouble text={keep.trouble.value} />
      <div class="row">
        <Button kind="main" type="submit" isBusy={keep.isBusy.value}>
          {keep.isBusy.value ? t('passphrase.working') : t('passphrase.keep')}
        </Button>
      </div>
    </Form>
  )
}
