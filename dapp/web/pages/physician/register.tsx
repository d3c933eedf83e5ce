import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { Button } from '../../design/button.tsx'
import { Notice, Trouble } from '../../design/feedback.tsx'
import { useAct } from '../../shell/act.ts'
import { now } from '../../shell/clock.ts'
import { room } from '../../shell/session.ts'
import { age } from '../../words/format.ts'
import { t } from '../../words/words.ts'
import type { PhysicianStanding } from '../../worker/physician/physician-desk.ts'
import { RegisterCard } from '../common/register-card.tsx'
import { KeyFacts } from './key.tsx'

interface RegisterProps {
  readonly standing: PhysicianStanding
  readonly onRegistered: () => Promise<void>
}

export function Register({ standing, onRegistered }: RegisterProps) {
  return (
    <RegisterCard
      account={standing.account}
      words="physician.register"
      register={async () => {
        await room.value.physician.register()
        await onRegistered()
      }}
    />
  )
}

/** Somebody at the hospital decides: asked again so often, ms. */
const ASK_MS = 5_000

interface WaitingProps {
  readonly standing: PhysicianStanding
  readonly onAsk: () => Promise<void>
}

/** Registered, and not let in: not yet, or no longer. */
export function Waiting({ standing, onAsk }: WaitingProps) {
  const isSuspended = standing.status === 'suspended'
  const askedAt = useSignal(Date.now())
  const ask = useAct(async () => {
    await onAsk()
    askedAt.value = Date.now()
  })
  useEffect(() => {
    const timer = setInterval(() => void ask.run(), ASK_MS)
    return () => clearInterval(timer)
  }, [])
  return (
    <div class="beside">
      <section class="card card-roomy stack">
        <h1>{t(isSuspended ? 'physician.waiting.suspended' : 'physician.waiting.title')}</h1>
        {isSuspended ? (
          <Notice tone="warn">{t('physician.waiting.suspendedText')}</Notice>
        ) : (
          <Notice>{t('physician.waiting.text')}</Notice>
        )}
        <Trouble text={ask.trouble.value} />
        <div class="row">
          <Button onClick={ask.run}>{t('physician.waiting.ask')}</Button>
          <span class="small quiet">
            {t('physician.waiting.asked', { age: age(askedAt.value, now.value) })}
          </span>
        </div>
      </section>
      <KeyFacts card={standing} />
    </div>
  )
}
