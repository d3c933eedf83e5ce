import type { Observed } from '@hygeia/dapp/physician/conduct'
import { Notice } from '../../design/feedback.tsx'
import { brief } from '../../words/format.ts'
import { t } from '../../words/words.ts'

/** Which hospitals did what they should not: a lie must not be missed. */
export function Conduct({ observed }: { readonly observed: readonly Observed[] }) {
  const lies = observed.filter(({ isLie }) => isLie)
  const others = observed.filter(({ isLie }) => !isLie)
  return (
    <>
      {lies.length > 0 && (
        <Notice tone="bad">
          <strong>{t('physician.conduct.lie')}</strong>
          {lies.map((one) => (
            <Line key={keyOf(one)} observed={one} />
          ))}
        </Notice>
      )}
      {others.length > 0 && (
        <details class="small quiet no-print">
          <summary>{t('physician.conduct.title')}</summary>
          {others.map((one) => (
            <Line key={keyOf(one)} observed={one} />
          ))}
        </details>
      )}
    </>
  )
}

function Line({ observed: { hospital, misconduct, times } }: { readonly observed: Observed }) {
  const problem = 'problem' in misconduct ? misconduct.problem : ''
  return (
    <p title={hospital}>
      {t(`physician.conduct.${misconduct.code}`, { hospital: brief(hospital), problem })}
      {times > 1 && ` (${t('physician.conduct.times', { count: times })})`}
    </p>
  )
}

const keyOf = ({ hospital, misconduct }: Observed) =>
  `${hospital} ${misconduct.code} ${'problem' in misconduct ? misconduct.problem : ''}`
