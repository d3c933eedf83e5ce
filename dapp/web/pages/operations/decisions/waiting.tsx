import type { Proposal } from '@hygeia/dapp/staff/answers'
import { useSignal } from '@preact/signals'
import { Chip } from '../../../design/feedback.tsx'
import { Grid } from '../../../design/grid.tsx'
import { dayAndTime } from '../../../words/format.ts'
import { t } from '../../../words/words.ts'
import { Account } from '../account.tsx'
import { Freshness, Looking } from '../frame.tsx'
import { useLook } from '../look.ts'
import { physicians, proposals } from '../looks.ts'
import { Decide, type Decision } from './decide.tsx'
import { outcomeText } from './outcome.ts'
import { ProposalCard } from './proposal-card.tsx'

/** What waits for a second person, and what came of the rest. */
export function Waiting() {
  // Not in the card, which goes once it is decided: what came of it is said all the same.
  const deciding = useSignal<{ readonly proposal: Proposal; readonly decision: Decision } | undefined>(
    undefined,
  )
  useLook(proposals)
  // For the fingerprints that are compared before a physician is admitted.
  useLook(physicians)
  return (
    <Looking look={proposals}>
      {(all) => {
        const open = all.filter(({ state }) => state === 'open' || state === 'approved')
        const closed = all.filter(({ state }) => state !== 'open' && state !== 'approved')
        return (
          <>
            <section class="stack">
              <div class="row row-apart">
                <h2>{t('operations.decisions.open')}</h2>
                <Freshness looks={[proposals]} />
              </div>
              {open.length === 0 ? (
                <p class="quiet">{t('operations.decisions.none')}</p>
              ) : (
                <div class="tiles tiles-roomy">
                  {open.map((proposal) => (
                    <ProposalCard
                      key={proposal.id}
                      proposal={proposal}
                      onDecide={(decision) => {
                        deciding.value = { proposal, decision }
                      }}
                    />
                  ))}
                </div>
              )}
            </section>
            <Closed closed={closed} />
            {deciding.value !== undefined && (
              <Decide
                {...deciding.value}
                onClose={() => {
                  deciding.value = undefined
                }}
              />
            )}
          </>
        )
      }}
    </Looking>
  )
}

function Closed({ closed }: { readonly closed: readonly Proposal[] }) {
  const name = t('operations.decisions.closed')
  return (
    <section class="card stack">
      <h2>{name}</h2>
      {closed.length === 0 ? (
        <p class="quiet">{t('operations.decisions.closedNone')}</p>
      ) : (
        <Grid
          name={name}
          heads={[
            t('operations.log.what'),
            t('operations.decisions.subject'),
            t('operations.log.when'),
            t('operations.log.who'),
            t('operations.ingest.outcome'),
          ]}
          rows={closed.map((proposal) => ({ key: proposal.id, cells: cellsOf(proposal) }))}
        />
      )}
    </section>
  )
}

function cellsOf(proposal: Proposal) {
  const { act, subject, decided, expires, proposer, state } = proposal
  return [
    t(`operations.decisions.act.${act}`),
    <Account account={subject} />,
    dayAndTime(decided?.at ?? expires),
    <span class="row row-close">
      <Account account={proposer} />
      {decided !== undefined && decided.by !== proposer && <Account account={decided.by} />}
    </span>,
    <span class="row">
      <Chip tone={state === 'carried-out' ? 'good' : 'warn'}>{t(`operations.decisions.state.${state}`)}</Chip>
      {(state === 'failed' || proposal.outcome !== undefined) && (
        <span class="small quiet">{outcomeText(proposal)}</span>
      )}
    </span>,
  ]
}
