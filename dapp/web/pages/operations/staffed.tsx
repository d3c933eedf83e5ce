import { useSignal } from '@preact/signals'
import type { ComponentType } from 'preact'
import { useEffect } from 'preact/hooks'
import { Button } from '../../design/button.tsx'
import { Loading, Trouble } from '../../design/feedback.tsx'
import { clockAheadMs } from '../../shell/registration.ts'
import { t } from '../../words/words.ts'
import { useLook } from './look.ts'
import { staffing } from './looks.ts'

/** A page for whoever the hospital lists; others are told how to be listed. */
export function staffed(Page: ComponentType): ComponentType {
  return function Staffed() {
    const { value, trouble, again } = useLook(staffing)
    const found = value.value
    useEffect(() => {
      clockAheadMs.value = found?.clockAheadMs
    }, [found?.clockAheadMs])
    if (found === undefined) {
      if (trouble.value === undefined) return <Loading />
      return (
        <>
          <Trouble text={trouble.value} />
          <div class="row">
            <Button onClick={() => void again.call(staffing)}>{t('again')}</Button>
          </div>
        </>
      )
    }
    return found.listed === 'unlisted' ? <AskToBeListed account={found.account} /> : <Page />
  }
}

function AskToBeListed({ account }: { readonly account: string }) {
  const isCopied = useSignal(false)
  const copy = async () => {
    await navigator.clipboard.writeText(account)
    isCopied.value = true
  }
  return (
    <section class="card card-roomy stack measure">
      <h1>{t('operations.entrance.title')}</h1>
      <p>{t('operations.entrance.text')}</p>
      <div class="stack stack-tight">
        <h2>{t('operations.entrance.account')}</h2>
        <p class="fingerprint">
          <code class="ltr">{account}</code>
        </p>
        <div class="row">
          <Button onClick={() => void copy()}>{t('operations.entrance.copy')}</Button>
          <span role="status" class="quiet">
            {isCopied.value && t('copied')}
          </span>
        </div>
      </div>
      <div class="stack stack-tight">
        <h2>{t('operations.entrance.command')}</h2>
        <p class="fingerprint small">
          <code class="ltr">hygeia-daemon staff add {account} --role operator</code>
        </p>
        <p class="quiet">{t('operations.entrance.roles')}</p>
      </div>
      <Loading text={t('operations.entrance.waiting')} />
    </section>
  )
}
