import type { ValidatorView } from '@hygeia/dapp/staff/answers'
import { MINUTE_MS, SECOND_MS } from '@hygeia/protocol/units'
import { Grid } from '../../../design/grid.tsx'
import { now } from '../../../shell/clock.ts'
import { age, number } from '../../../words/format.ts'
import { t } from '../../../words/words.ts'
import { Account } from '../account.tsx'
import { Figure, Figures } from '../figures.tsx'
import { Looking } from '../frame.tsx'
import { validator } from '../looks.ts'

/** The engine in the daemon, which takes no votes. */
export const SINGLE_SIGNER = 'embedded'

/** The chain: its head, who seals it, and what this hospital votes for. */
export function Validator() {
  return (
    <Looking look={validator}>
      {(view) => (
        <>
          <Heads view={view} />
          <Signers view={view} />
          <Votes view={view} />
        </>
      )}
    </Looking>
  )
}

function Heads({
  view: { head, final, headAgeMs, periodSec, engine, chainId },
}: {
  readonly view: ValidatorView
}) {
  // It goes on ageing between two answers.
  const ageMs = headAgeMs + now.value - (validator.seenAt.value ?? now.value)
  return (
    <Figures>
      <Figure
        name={t('operations.validator.head')}
        value={number(head)}
        note={`${t('operations.validator.final')} ${number(final)}`}
      />
      <Figure
        name={t('operations.validator.headAge')}
        value={
          ageMs < MINUTE_MS
            ? t('operations.validator.seconds', { seconds: number(Math.max(0, ageMs) / SECOND_MS) })
            : age(now.value - ageMs, now.value)
        }
        note={`${t('operations.validator.period')} ${t('operations.validator.seconds', { seconds: number(periodSec) })}`}
      />
      <Figure
        name={t('operations.validator.engine')}
        value={engine}
        note={`${t('operations.validator.chain')} ${chainId}`}
      />
    </Figures>
  )
}

function Signers({ view: { validators, blocks } }: { readonly view: ValidatorView }) {
  const heads = [
    t('operations.validator.signer'),
    t('operations.validator.sealed', { blocks: number(blocks) }),
  ]
  return (
    <section class="card stack">
      <h2>{t('operations.validator.signers')}</h2>
      <Grid
        name={t('operations.validator.signers')}
        heads={heads}
        rows={validators.map(({ address, sealed }) => ({
          key: address,
          cells: [
            <Account account={address} />,
            sealed === undefined ? '–' : <Share part={sealed} whole={blocks} />,
          ],
        }))}
      />
    </section>
  )
}

function Share({ part, whole }: { readonly part: number; readonly whole: number }) {
  const percent = whole === 0 ? 0 : Math.round((part / whole) * 100)
  return (
    <span class="share">
      <svg
        class="share-bar"
        viewBox="0 0 100 8"
        preserveAspectRatio="none"
        role="img"
        aria-label={`${percent} %`}
      >
        <rect width={percent} height={8} />
      </svg>
      {number(part)}
    </span>
  )
}

function Votes({ view: { proposals, engine } }: { readonly view: ValidatorView }) {
  return (
    <section class="card stack">
      <h2>{t('operations.validator.votes')}</h2>
      {proposals.length === 0 ? (
        <p class="quiet">
          {t('operations.validator.votesNone')}
          {engine === SINGLE_SIGNER && ` ${t('operations.validator.single')}`}
        </p>
      ) : (
        <ul class="stack stack-tight bare">
          {proposals.map(({ address, admit }) => (
            <li key={address} class="row">
              <span>{t(admit ? 'operations.validator.voteIn' : 'operations.validator.voteOut')}</span>
              <Account account={address} />
            </li>
          ))}
        </ul>
      )}
    </section>
  )
}
