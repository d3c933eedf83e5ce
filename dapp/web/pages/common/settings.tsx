import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { Button, Segments } from '../../design/button.tsx'
import { Trouble } from '../../design/feedback.tsx'
import { useAct } from '../../shell/act.ts'
import { chooseIdle, IDLE_MINUTES, idleMinutes, SHIFT_MINUTES } from '../../shell/idle.ts'
import { canPasskey, makePasskey } from '../../shell/passkey.ts'
import { beTold, beToldNoMore, isTold } from '../../shell/push.ts'
import { room, standing } from '../../shell/session.ts'
import { chooseTheme, THEMES, theme } from '../../shell/theme.ts'
import { number } from '../../words/format.ts'
import { choose, isLanguage, LANGUAGES, language, t } from '../../words/words.ts'
import { Shares } from './shares.tsx'

const THEME_WORDS = {
  system: 'settings.themeSystem',
  light: 'settings.themeLight',
  dark: 'settings.themeDark',
} as const

export function Settings() {
  const found = standing.value
  return (
    <>
      <h1>{t('settings.title')}</h1>
      <section class="card stack">
        <h2>{t('settings.look')}</h2>
        <div class="stack stack-tight">
          <h3>{t('settings.theme')}</h3>
          <Segments
            name={t('settings.theme')}
            options={THEMES.map((option) => [option, t(THEME_WORDS[option])] as const)}
            value={theme.value}
            onChoose={chooseTheme}
          />
        </div>
        <div class="stack stack-tight">
          <h3>{t('settings.language')}</h3>
          <Segments
            name={t('settings.language')}
            options={Object.keys(LANGUAGES)
              .filter(isLanguage)
              .map((option) => [option, LANGUAGES[option]] as const)}
            value={language()}
            onChoose={(chosen) => void choose(chosen)}
          />
        </div>
      </section>
      <Keys />
      <Shares />
      {found?.state === 'open' && found.role !== 'staff' && <Notices />}
    </>
  )
}

function Keys() {
  const found = standing.value
  if (found?.state !== 'open') return null
  const isOnWard = found.role === 'physician'
  return (
    <section class="card stack">
      <h2>{t('settings.keys')}</h2>
      <dl class="facts">
        <dt>{t('settings.account')}</dt>
        <dd>
          <code class="ltr">{found.address}</code>
        </dd>
      </dl>
      <div class="stack stack-tight">
        <h3>{t('settings.idle')}</h3>
        <Segments
          name={t('settings.idle')}
          options={[...IDLE_MINUTES, ...(isOnWard ? [SHIFT_MINUTES] : [])].map(
            (count) => [String(count), number(count)] as const,
          )}
          value={String(idleMinutes.value)}
          onChoose={(chosen) => chooseIdle(Number(chosen))}
        />
        {isOnWard && <p class="small quiet">{t('settings.idleShift', { minutes: number(SHIFT_MINUTES) })}</p>}
      </div>
      <Passkey account={found.address} isSet={found.passkey !== undefined} />
    </section>
  )
}

function Notices() {
  const isOn = useSignal<boolean | undefined>(undefined)
  const look = async () => {
    isOn.value = await isTold(room.value.account)
  }
  const change = useAct(async () => {
    const { account } = room.value
    await (isOn.value === true ? beToldNoMore(account) : beTold(account))
    await look()
  })
  useEffect(() => {
    look().catch(() => {
      isOn.value = undefined
    })
  }, [])
  return (
    <section class="card stack">
      <h2>{t('settings.notices')}</h2>
      <p class="quiet">{t(isOn.value === undefined ? 'settings.noticesNone' : 'settings.noticesText')}</p>
      <Trouble text={change.trouble.value} />
      {isOn.value !== undefined && (
        <div class="row">
          <Button isBusy={change.isBusy.value} onClick={change.run}>
            {t(isOn.value ? 'settings.noticesOff' : 'settings.noticesOn')}
          </Button>
        </div>
      )}
    </section>
  )
}

function Passkey({ account, isSet }: { readonly account: string; readonly isSet: boolean }) {
  const can = useSignal<boolean | undefined>(undefined)
  useEffect(() => {
    canPasskey().then(
      (answer) => {
        can.value = answer
      },
      () => {
        can.value = false
      },
    )
  }, [])
  const add = useAct(async () => {
    const { question, secret } = await makePasskey(account)
    standing.value = await room.value.vault.addPasskey(question, secret)
  })
  const remove = useAct(async () => {
    standing.value = await room.value.vault.removePasskey()
  })
  return (
    <div class="stack stack-tight">
      <h3>{t('settings.passkey')}</h3>
      <p class="quiet">{t(can.value === false ? 'settings.passkeyNone' : 'settings.passkeyText')}</p>
      {isSet && <p>{t('settings.passkeyDone')}</p>}
      <Trouble text={add.trouble.value ?? remove.trouble.value} />
      <div class="row">
        {isSet ? (
          <Button isBusy={remove.isBusy.value} onClick={remove.run}>
            {t('settings.passkeyRemove')}
          </Button>
        ) : (
          can.value === true && (
            <Button isBusy={add.isBusy.value} onClick={add.run}>
              {t('settings.passkeyAdd')}
            </Button>
          )
        )}
      </div>
    </div>
  )
}
