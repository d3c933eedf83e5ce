import { Chip } from '../../../design/feedback.tsx'
import { Grid } from '../../../design/grid.tsx'
import { linkTo } from '../../../shell/route.ts'
import { t } from '../../../words/words.ts'
import { Account } from '../account.tsx'
import { Looking } from '../frame.tsx'
import { hospitals } from '../looks.ts'
import { ToneMark } from '../shape.tsx'

/** The hospitals that re-encrypt, and whether each answers. */
export function Hospitals() {
  return (
    <Looking look={hospitals}>
      {(all) =>
        all.length === 0 ? (
          <p class="quiet">{t('operations.hospitals.none')}</p>
        ) : (
          <>
            <p class="quiet">{t('operations.hospitals.text')}</p>
            <section class="card">
              <Grid
                name={t('operations.part.hospitals')}
                heads={[
                  t('operations.hospitals.hospital'),
                  t('operations.hospitals.standing'),
                  t('operations.hospitals.answers'),
                  t('operations.hospitals.address'),
                ]}
                rows={all.map(({ operator, status, isOwn, isAnswering, api }) => ({
                  key: operator,
                  cells: [
                    <span class="row row-close row-wrap">
                      <Account account={operator} />
                      {isOwn && <Chip>{t('operations.hospitals.here')}</Chip>}
                    </span>,
                    <Chip tone={status === 'active' ? 'good' : 'warn'}>
                      {t(`operations.hospitals.status.${status}`)}
                    </Chip>,
                    <span class="row row-close">
                      <ToneMark tone={isAnswering ? 'good' : status === 'active' ? 'warn' : 'unknown'} />
                      <span class="quiet">
                        {t(isAnswering ? 'operations.hospitals.yes' : 'operations.hospitals.no')}
                      </span>
                    </span>,
                    api === null ? '–' : <code class="ltr">{api}</code>,
                  ],
                }))}
              />
            </section>
            <p>
              <a href={linkTo('decisions', 'hospitals')}>{t('operations.decisions.title')}</a>
            </p>
          </>
        )
      }
    </Looking>
  )
}
