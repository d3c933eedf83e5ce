import type { Proposal } from '@hygeia/dapp/staff/answers'
import { useSignal } from '@preact/signals'
import { Button } from '../../../design/button.tsx'
import { Chip } from '../../../design/feedback.tsx'
import { dayAndTime } from '../../../words/format.ts'
import { t } from '../../../words/words.ts'
import { Account } from '../account.tsx'
import { isOperator, ownAccount } from '../looks.ts'
import { Decide, type Decision } from './decide.tsx'
import { Terms } from './terms.tsx'

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
