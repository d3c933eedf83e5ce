import type { Proposal } from '@hygeia/dapp/staff/answers'
import { Button } from '../../../design/button.tsx'
import { Chip } from '../../../design/feedback.tsx'
import { dayAndTime } from '../../../words/format.ts'
import { t } from '../../../words/words.ts'
import { Account } from '../account.tsx'
import { isOperator, ownAccount } from '../looks.ts'
import type { Decision } from './decide.tsx'
import { Terms } from './terms.tsx'

interface ProposalCardProps {
  readonly proposal: Proposal
  readonly onDecide: (decision: Decision) => void
}

/** What somebody proposed, and what this colleague may do about it. */
export function ProposalCard({ proposal, onDecide }: ProposalCardProps) {
  const { act, proposer, expires, state, reason } = proposal
  const isOwn = proposer === ownAccount()
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
            <Button onClick={() => onDecide('takeBack')}>{t('operations.decisions.takeBack')}</Button>
          ) : (
            <>
              <Button kind="main" onClick={() => onDecide('approve')}>
                {t('operations.decisions.approve')}
              </Button>
              <Button kind="stop" onClick={() => onDecide('refuse')}>
                {t('operations.decisions.refuse')}
              </Button>
            </>
          )}
        </div>
      )}
      {isOwn && state === 'open' && <p class="small quiet">{t('operations.decisions.own')}</p>}
    </article>
  )
}
