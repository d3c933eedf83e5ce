import type { Proposal } from '@hygeia/dapp/staff/answers'
import { useSignal } from '@preact/signals'
import { Button } from '../../../design/button.tsx'
import { Chip } from '../../../design/feedback.tsx'
import { dayAndTime } from '../../../words/format.ts'
import { t } from '../../../words/words.ts'
import { Account } from '../account.tsx'
import { isOperator, ownAccount, physicians } from '../looks.ts'
import { Decide, type Decision } from './decide.tsx'

/** What somebody proposed, and what this colleague may do about it. */
export function ProposalCard({ proposal }: { readonly proposal: Proposal }) {
  const deciding = useSignal<Decision | undefined>(undefined)
  const { act, proposer, expires, state, reason } = proposal
  const isOwn = proposer === ownAccount()
  const close = () => {
    deciding.value = undefined
  }
  return (
    <article class="card stack">
      <div class="row row-apart">
        <h3>{t(`operations.decisions.act.${act}`)}</h3>
        <Chip>{t(`operations.decisions.state.${state}`)}</Chip>
      </div>
      <Terms proposal={proposal} />
      <dl class="facts">
        <dt>{t('operations.decisions.why')}</dt>
        <dd>{reason === '' ? <span class="quiet">{t('operations.decisions.whyNone')}</span> : reason}</dd>
        <dt>{t('operations.decisions.proposer')}</dt>
        <dd>
          <Account account={proposer} />
        </dd>
        <dt>{t('operations.decisions.expires')}</dt>
        <dd>{dayAndTime(expires)}</dd>
      </dl>
      {isOperator() && state === 'open' && (
        <div class="row">
          {isOwn ? (
            <Button onClick={() => (deciding.value = 'takeBack')}>
              {t('operations.decisions.takeBack')}
            </Button>
          ) : (
            <>
              <Button kind="main" onClick={() => (deciding.value = 'approve')}>
                {t('operations.decisions.approve')}
              </Button>
              <Button kind="stop" onClick={() => (deciding.value = 'refuse')}>
                {t('operations.decisions.refuse')}
              </Button>
            </>
          )}
        </div>
      )}
      {isOwn && state === 'open' && <p class="small quiet">{t('operations.decisions.own')}</p>}
      {deciding.value !== undefined && (
        <Decide proposal={proposal} decision={deciding.value} onClose={close} />
      )}
    </article>
  )
}

/** Whom it is about, and what to compare before anybody agrees. */
export function Terms({ proposal: { act, subject, api } }: { readonly proposal: Proposal }) {
  const physician = physicians.value.value?.find(({ address }) => address === subject)
  const isCompared = act === 'admit-physician'
  return (
    <dl class="facts">
      <dt>{t('operations.decisions.subject')}</dt>
      <dd>
        <code class="ltr">{subject}</code>
      </dd>
      {api !== undefined && (
        <>
          <dt>{t('operations.decisions.reached')}</dt>
          <dd>
            <code class="ltr">{api}</code>
          </dd>
        </>
      )}
      {isCompared && (
        <>
          <dt>{t('operations.decisions.fingerprint')}</dt>
          <dd class="stack stack-tight">
            <code class="ltr">{physician?.fingerprint ?? t('operations.decisions.keyUnknown')}</code>
            <span class="small quiet">{t('operations.decisions.compare')}</span>
          </dd>
        </>
      )}
    </dl>
  )
}
