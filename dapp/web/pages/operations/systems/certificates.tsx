import type { CertificateView } from '@hygeia/dapp/staff/answers'
import { judgeCertificates } from '../../../operations/judge.ts'
import { day } from '../../../words/format.ts'
import { t } from '../../../words/words.ts'
import { Looking } from '../frame.tsx'
import { certificates } from '../looks.ts'
import { ToneMark } from '../shape.tsx'

/** When each certificate ends. */
export function Certificates() {
  return (
    <Looking look={certificates}>
      {(all) =>
        all.length === 0 ? (
          <p class="quiet">{t('operations.certificates.none')}</p>
        ) : (
          <div class="tiles">
            {all.map((certificate) => (
              <Card key={`${certificate.role} ${certificate.notAfter}`} certificate={certificate} />
            ))}
          </div>
        )
      }
    </Looking>
  )
}

function Card({ certificate }: { readonly certificate: CertificateView }) {
  const { role, names, notAfter, days } = certificate
  return (
    <article class="card stack stack-tight">
      <div class="row row-apart">
        <h2>{t(`operations.certificates.role.${role}`)}</h2>
        <ToneMark tone={judgeCertificates([certificate]).tone} />
      </div>
      <p class="figure-value">
        {days < 0 ? t('operations.certificates.ended') : t('operations.certificates.left', { count: days })}
      </p>
      <dl class="facts small">
        <dt>{t('operations.certificates.ends')}</dt>
        <dd>{day(notAfter)}</dd>
        <dt>{t('operations.certificates.names')}</dt>
        <dd>
          {names.map((name) => (
            <code key={name} class="ltr device-name">
              {name}
            </code>
          ))}
        </dd>
      </dl>
    </article>
  )
}
