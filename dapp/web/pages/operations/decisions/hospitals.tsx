import { useSignal } from '@preact/signals'
import { Chip } from '../../../design/feedback.tsx'
import { Field } from '../../../design/field.tsx'
import { Grid } from '../../../design/grid.tsx'
import { room } from '../../../shell/session.ts'
import { t } from '../../../words/words.ts'
import { Account } from '../account.tsx'
import { Freshness, Looking } from '../frame.tsx'
import { useLook } from '../look.ts'
import { hospitals, isOperator, proposals } from '../looks.ts'
import { ProposeButton, ProposeNew } from './propose.tsx'

/** The hospitals of the consortium, and letting one in or out. */
export function Hospitals() {
  useLook(hospitals)
  useLook(proposals)
  return (
    <section class="stack">
      <div class="row row-apart">
        <h2>{t('operations.decisions.hospitals')}</h2>
        <Freshness looks={[hospitals]} />
      </div>
      <Looking look={hospitals}>
        {(all) =>
          all.length === 0 ? (
            <p class="quiet">{t('operations.hospitals.none')}</p>
          ) : (
            <div class="card">
              <Grid
                name={t('operations.decisions.hospitals')}
                heads={[
                  t('operations.hospitals.hospital'),
                  t('operations.hospitals.standing'),
                  t('operations.hospitals.address'),
                  t('operations.decisions.propose'),
                ]}
                rows={all.map(({ operator, status, isOwn, api }) => ({
                  key: operator,
                  cells: [
                    <span class="row row-close row-wrap">
                      <Account account={operator} />
                      {isOwn && <Chip>{t('operations.hospitals.here')}</Chip>}
                    </span>,
                    <Chip tone={status === 'active' ? 'good' : 'warn'}>
                      {t(`operations.hospitals.status.${status}`)}
                    </Chip>,
                    api === null ? '–' : <code class="ltr">{api}</code>,
                    isOwn || status !== 'active' ? (
                      '–'
                    ) : (
                      <ProposeButton act="suspend-hospital" subject={operator} />
                    ),
                  ],
                }))}
              />
            </div>
          )
        }
      </Looking>
      {isOperator() && <Admit />}
    </section>
  )
}

function Admit() {
  const card = useSignal('')
  return (
    <ProposeNew
      act="admit-hospital"
      fault={t('operations.decisions.cardBad')}
      propose={(reason) => room.value.operations.proposeHospital(card.value, reason)}
    >
      <Field
        label={t('operations.decisions.card')}
        hint={t('operations.decisions.cardHint')}
        rows={6}
        isCode
        value={card.value}
        onInput={(text) => {
          card.value = text
        }}
      />
    </ProposeNew>
  )
}
