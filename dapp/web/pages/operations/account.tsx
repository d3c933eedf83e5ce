import { brief } from '../../words/format.ts'
import { t } from '../../words/words.ts'
import { ownAccount } from './looks.ts'

/** A hospital's, a physician's or a colleague's account: its ends for the eye, all of it for who compares. */
export function Account({ account }: { readonly account: string }) {
  if (account === ownAccount()) return <strong>{t('operations.you')}</strong>
  return (
    <details class="account">
      <summary>
        <code class="ltr">{brief(account)}</code>
      </summary>
      <code class="ltr">{account}</code>
    </details>
  )
}
