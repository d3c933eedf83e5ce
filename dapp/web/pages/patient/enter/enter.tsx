import type { ManualEntry } from '@hygeia/dapp/manual/entry'
import { useSignal } from '@preact/signals'
import { Button, Segments } from '../../../design/button.tsx'
import { Notice } from '../../../design/feedback.tsx'
import { linkTo } from '../../../shell/route.ts'
import { t } from '../../../words/words.ts'
import { MeasuresForm } from './measures-form.tsx'
import { SymptomForm } from './symptom-form.tsx'
import { WaitingEntries } from './waiting.tsx'

const KINDS: readonly ManualEntry['kind'][] = ['blood-pressure', 'weight', 'temperature', 'symptom']

/** What the patient measured or felt, typed in. */
export function Enter() {
  const kind = useSignal<ManualEntry['kind']>('blood-pressure')
  /** Stands for one filling of the form: handed in twice it is one entry. */
  const form = useSignal(crypto.randomUUID())
  const isDone = useSignal(false)
  const anew = () => {
    form.value = crypto.randomUUID()
    isDone.value = false
  }
  const props = {
    form: form.value,
    onEntered: () => {
      isDone.value = true
    },
  }
  return (
    <>
      <section class="card card-roomy stack">
        <h1>{t('enter.title')}</h1>
        <p class="quiet measure">{t('enter.text')}</p>
        {isDone.value ? (
          <Done onAnother={anew} />
        ) : (
          <>
            <Segments
              name={t('enter.kind')}
              options={KINDS.map((option) => [option, t(`enter.kinds.${option}`)] as const)}
              value={kind.value}
              onChoose={(chosen) => {
                kind.value = chosen
                anew()
              }}
            />
            {kind.value === 'symptom' ? (
              <SymptomForm {...props} />
            ) : (
              <MeasuresForm key={kind.value} kind={kind.value} {...props} />
            )}
          </>
        )}
      </section>
      <WaitingEntries />
    </>
  )
}

/** In place of the form, so that a second click meets nothing that signs. */
function Done({ onAnother }: { readonly onAnother: () => void }) {
  return (
    <>
      <Notice>
        <strong>{t('enter.done')}</strong>
        <span>{t('enter.doneText')}</span>
      </Notice>
      <div class="row">
        <a class="button button-main" href={linkTo('now')}>
          {t('pair.see')}
        </a>
        <Button onClick={onAnother}>{t('enter.another')}</Button>
      </div>
    </>
  )
}
