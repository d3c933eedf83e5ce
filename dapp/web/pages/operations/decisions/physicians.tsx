import type { PhysicianView } from '@hygeia/dapp/staff/answers'
import { Chip } from '../../../design/feedback.tsx'
import { t } from '../../../words/words.ts'
import { Freshness, Looking } from '../frame.tsx'
import { useLook } from '../look.ts'
import { physicians, proposals } from '../looks.ts'
import { ProposeButton } from './propose.tsx'

const ORDER: Readonly<Record<PhysicianView['status'], number>> = { registered: 0, active: 1, suspended: 2 }

/** Who registered, who is admitted, and who is suspended; those who wait for admission first. */
export function Physicians() {
  useLook(physicians)
  useLook(proposals)
  return (
    <section class="stack">
      <div class="row row-apart">
        <h2>{t('operations.decisions.physicians')}</h2>
        <Freshness looks={[physicians]} />
      </div>
      <Looking look={physicians}>
        {(all) =>
          all.length === 0 ? (
            <p class="quiet">{t('operations.decisions.physiciansNone')}</p>
          ) : (
            <div class="tiles tiles-roomy">
              {all
                .toSorted((a, b) => ORDER[a.status] - ORDER[b.status] || a.address.localeCompare(b.address))
                .map((physician) => (
                  <Card key={physician.address} physician={physician} />
                ))}
            </div>
          )
        }
      </Looking>
    </section>
  )
}

function Card({ physician: { address, status, fingerprint } }: { readonly physician: PhysicianView }) {
  return (
    <article class="card stack">
      <div class="row row-apart">
        <h3>
          <code class="ltr">{address}</code>
        </h3>
        <Chip tone={status === 'active' ? 'good' : status === 'suspended' ? 'bad' : 'warn'}>
          {t(`operations.decisions.status.${status}`)}
        </Chip>
      </div>
      <dl class="facts">
        <dt>{t('operations.decisions.fingerprint')}</dt>
        <dd>
          <code class="ltr">{fingerprint ?? t('operations.decisions.keyUnknown')}</code>
        </dd>
      </dl>
      <div class="row">
        <ProposeButton
          act={status === 'active' ? 'suspend-physician' : 'admit-physician'}
          subject={address}
        />
      </div>
    </article>
  )
}
