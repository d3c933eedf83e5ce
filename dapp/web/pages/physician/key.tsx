import { useSignal } from '@preact/signals'
import { Button } from '../../design/button.tsx'
import { Loading, Trouble } from '../../design/feedback.tsx'
import { Qr } from '../../design/qr.tsx'
import { useAsk } from '../../shell/ask.ts'
import { room } from '../../shell/session.ts'
import { t } from '../../words/words.ts'
import type { PhysicianStanding } from '../../worker/physician/physician-desk.ts'

type Card = Pick<PhysicianStanding, 'account' | 'fingerprint'>

/** What a patient needs to let this physician in, and to be sure that it is this one. */
export function OwnKey() {
  const card = useAsk(() => room.value.physician.card())
  return (
    <>
      <h1>{t('physician.key.title')}</h1>
      <Trouble text={card.trouble.value} />
      {card.value.value === undefined ? <Loading /> : <KeyFacts card={card.value.value} />}
    </>
  )
}

export function KeyFacts({ card: { account, fingerprint } }: { readonly card: Card }) {
  const isCopied = useSignal(false)
  const copy = async () => {
    await navigator.clipboard.writeText(account)
    isCopied.value = true
  }
  return (
    <section class="card card-roomy stack">
      <div class="stack stack-tight">
        <h2>{t('physician.key.fingerprint')}</h2>
        <p class="code ltr fingerprint" data-fingerprint>
          {fingerprint}
        </p>
        <p class="quiet measure">{t('physician.key.text')}</p>
      </div>
      <div class="stack stack-tight">
        <h2>{t('physician.key.account')}</h2>
        <code class="ltr" data-account>
          {account}
        </code>
        <div>
          <Button onClick={() => void copy()}>
            {t(isCopied.value ? 'copied' : 'physician.key.copyAccount')}
          </Button>
        </div>
      </div>
      <Qr
        text={`hygeia:physician:${account}:${fingerprint.replaceAll(' ', '')}`}
        name={t('physician.key.qr')}
      />
    </section>
  )
}
