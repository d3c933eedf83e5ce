import type { Proposal } from '@hygeia/dapp/staff/answers'
import { t } from '../../../words/words.ts'
import { physicians } from '../looks.ts'

/** Whom it is about, and what to compare before anybody agrees. */
export function Terms({ proposal: { act, subject, api } }: { readonly proposal: Proposal }) {
  const physician = physicians.value.value?.find(({ address }) => address === subject)
  const isCompared = act === 'admit-physician'
  return (
    <dl class="facts facts-long">
      <dt>{t('operations.decisions.subject')}</dt>
      <dd>
        <code class="ltr">{subject}</code>
      </dd>
      {api !== undefined && (
        <>
          <dt>{t('operations.decisions.reached')}</dt>
          <dd>
            <code class="ltr">{api}</code>
          </dd>
        </>
      )}
      {isCompared && (
        <>
          <dt>{t('operations.decisions.fingerprint')}</dt>
          <dd class="stack stack-tight">
            <code class="ltr">{physician?.fingerprint ?? t('operations.decisions.keyUnknown')}</code>
            <span class="small quiet">{t('operations.decisions.compare')}</span>
          </dd>
        </>
      )}
    </dl>
  )
}
