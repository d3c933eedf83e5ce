import { ROLES, type Role } from '@hygeia/dapp/keys/role'
import type { Signal } from '@preact/signals'
import { Button } from '../../design/button.tsx'
import { Trouble } from '../../design/feedback.tsx'
import { Choice } from '../../design/field.tsx'
import { useAct } from '../../shell/act.ts'
import { room } from '../../shell/session.ts'
import { t } from '../../words/words.ts'

interface WelcomeProps {
  readonly role: Signal<Role>
  readonly onDrawn: (words: readonly string[]) => void
  readonly onRecover: () => void
}

export function Welcome({ role, onDrawn, onRecover }: WelcomeProps) {
  const draw = useAct(async () => onDrawn(await room.value.vault.draw()))
  return (
    <>
      <div class="stack">
        <h1>{t('welcome.title')}</h1>
        <p class="quiet">{t('welcome.text')}</p>
      </div>
      <fieldset class="stack stack-tight">
        <legend class="legend">{t('welcome.role')}</legend>
        {ROLES.map((option) => (
          <Choice
            key={option}
            type="radio"
            name="role"
            isChosen={role.value === option}
            onChoose={() => {
              role.value = option
            }}
          >
            <strong>{t(`welcome.${option}`)}</strong>
            <br />
            <span class="quiet small">{t(`welcome.${option}Text`)}</span>
          </Choice>
        ))}
      </fieldset>
      <Trouble text={draw.trouble.value} />
      <div class="row">
        <Button kind="main" isBusy={draw.isBusy.value} onClick={draw.run}>
          {t('welcome.begin')}
        </Button>
        <Button kind="plain" onClick={onRecover}>
          {t('welcome.recover')}
        </Button>
      </div>
    </>
  )
}
