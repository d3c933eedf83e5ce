import { useSignal } from '@preact/signals'
import { Button } from '../../design/button.tsx'
import { Dialog } from '../../design/dialog.tsx'
import { Notice, Trouble } from '../../design/feedback.tsx'
import { Field, Form } from '../../design/field.tsx'
import { useAct } from '../../shell/act.ts'
import { askPasskey } from '../../shell/passkey.ts'
import { room, standing, wasIdle } from '../../shell/session.ts'
import { brief } from '../../words/format.ts'
import { t } from '../../words/words.ts'
import type { Standing } from '../../worker/vault.ts'
import { Front } from './front.tsx'

export function Unlock({
  standing: found,
}: {
  readonly standing: Extract<Standing, { state: 'locked' | 'open' }>
}) {
  const passphrase = useSignal('')
  const isLost = useSignal(false)
  const unlock = useAct(async () => {
    standing.value = await room.value.vault.unlock(passphrase.value)
  })
  const { passkey } = found
  const withPasskey = useAct(async () => {
    if (passkey === undefined) return
    standing.value = await room.value.vault.unlockWithPasskey(await askPasskey(passkey))
  })
  return (
    <Front>
      <Form onSubmit={unlock.run}>
        <h1>{t('unlock.title')}</h1>
        <p class="quiet">
          {t(wasIdle.value ? 'unlock.locked' : 'unlock.text')} {t(`welcome.${found.role}`)},{' '}
          <code class="ltr">{brief(found.address)}</code>
        </p>
        {found.role === 'physician' && <Notice tone="warn">{t('unlock.unseen')}</Notice>}
        {/* Lets a password manager tell one account from another. */}
        <input type="text" autocomplete="username" value={found.address} readOnly hidden />
        <Field
          label={t('passphrase.label')}
          type="password"
          autocomplete="current-password"
          value={passphrase.value}
          onInput={(text) => {
            passphrase.value = text
          }}
        />
        <Trouble text={unlock.trouble.value ?? withPasskey.trouble.value} />
        <div class="row">
          <Button kind="main" type="submit" isBusy={unlock.isBusy.value}>
            {unlock.isBusy.value ? t('unlock.working') : t('unlock.open')}
          </Button>
          {passkey !== undefined && (
            <Button isBusy={withPasskey.isBusy.value} onClick={withPasskey.run}>
              {t('unlock.passkey')}
            </Button>
          )}
        </div>
      </Form>
      <div>
        <Button
          kind="plain"
          onClick={() => {
            isLost.value = true
          }}
        >
          {t('unlock.lost')}
        </Button>
      </div>
      {isLost.value && (
        <Lost
          onClose={() => {
            isLost.value = false
          }}
        />
      )}
    </Front>
  )
}

function Lost({ onClose }: { readonly onClose: () => void }) {
  const clear = useAct(async () => {
    const { vault } = room.value
    await vault.clear()
    standing.value = await vault.standing()
  })
  return (
    <Dialog title={t('unlock.lost')} onClose={onClose}>
      <p>{t('unlock.lostText')}</p>
      <Notice tone="warn">{t('unlock.removeSure')}</Notice>
      <Trouble text={clear.trouble.value} />
      <div class="row">
        <Button kind="stop" isBusy={clear.isBusy.value} onClick={clear.run}>
          {t('unlock.remove')}
        </Button>
        <Button onClick={onClose}>{t('cancel')}</Button>
      </div>
    </Dialog>
  )
}
