import type { ValidatorView } from '@hygeia/dapp/staff/answers'
import { useSignal } from '@preact/signals'
import { Field } from '../../../design/field.tsx'
import { Grid } from '../../../design/grid.tsx'
import { room } from '../../../shell/session.ts'
import { t } from '../../../words/words.ts'
import { Account } from '../account.tsx'
import { Freshness, Looking } from '../frame.tsx'
import { useLook } from '../look.ts'
import { isOperator, proposals, validator } from '../looks.ts'
import { SINGLE_SIGNER } from '../systems/validator.tsx'
import { ProposeButton, ProposeNew } from './propose.tsx'

/** Who seals blocks, and what this hospital votes for. */
export function Validators() {
  useLook(validator)
  useLook(proposals)
  return (
    <section class="stack">
      <div class="row row-apart">
        <h2>{t('operations.decisions.validators')}</h2>
        <Freshness looks={[validator]} />
      </div>
      <Looking look={validator}>
        {(view) => {
          const isFixed = view.engine === SINGLE_SIGNER
          return (
            <>
              <List view={view} isFixed={isFixed} />
              {isFixed ? (
                <p class="quiet measure">{t('operations.validator.single')}</p>
              ) : (
                isOperator() && <Admit />
              )}
            </>
          )
        }}
      </Looking>
    </section>
  )
}

function List({ view, isFixed }: { readonly view: ValidatorView; readonly isFixed: boolean }) {
  const { validators, proposals: votes } = view
  const seal = validators.map(({ address }) => ({
    key: address,
    cells: [
      <Account account={address} />,
      t('operations.validator.seals'),
      isFixed ? '–' : <ProposeButton act="remove-validator" subject={address} />,
    ],
  }))
  const voted = votes.map(({ address, admit }) => ({
    key: `vote ${address}`,
    cells: [
      <Account account={address} />,
      `${t('operations.validator.votes')}: ${t(admit ? 'operations.validator.voteIn' : 'operations.validator.voteOut')}`,
      <ProposeButton act="discard-validator-vote" subject={address} />,
    ],
  }))
  return (
    <div class="card">
      <Grid
        name={t('operations.decisions.validators')}
        heads={[
          t('operations.validator.signer'),
          t('operations.hospitals.standing'),
          t('operations.decisions.propose'),
        ]}
        rows={[...seal, ...voted]}
      />
    </div>
  )
}

function Admit() {
  const account = useSignal('')
  return (
    <ProposeNew
      act="admit-validator"
      fault={t('operations.decisions.accountBad')}
      propose={(reason) => room.value.operations.propose('admit-validator', account.value, reason)}
    >
      <Field
        label={t('operations.decisions.account')}
        isCode
        value={account.value}
        onInput={(text) => {
          account.value = text
        }}
      />
    </ProposeNew>
  )
}
