import { SEVERITY_LIMIT, SYMPTOMS, type Symptom } from '@hygeia/protocol/symptom/symptom'
import { useSignal } from '@preact/signals'
import { useId } from 'preact/hooks'
import { number } from '../../../words/format.ts'
import { t } from '../../../words/words.ts'
import { EntryForm, type EntryProps } from './entry-form.tsx'

const isSymptom = (text: string): text is Symptom => SYMPTOMS.some((known) => known === text)

/** What is felt, and how bad on the scale from 0 to 10. */
export function SymptomForm(props: EntryProps) {
  const symptom = useSignal<Symptom | undefined>(undefined)
  const isMissing = useSignal(false)
  const severity = useSignal(0)
  const id = useId()
  return (
    <EntryForm
      {...props}
      read={() => {
        isMissing.value = symptom.value === undefined
        if (symptom.value === undefined) return undefined
        return { kind: 'symptom', symptom: symptom.value, severity: severity.value }
      }}
    >
      <div class="field">
        <label for={`${id}-symptom`}>{t('enter.symptom')}</label>
        <select
          id={`${id}-symptom`}
          value={symptom.value ?? ''}
          aria-invalid={isMissing.value}
          aria-describedby={`${id}-fault`}
          onChange={({ currentTarget }) => {
            if (isSymptom(currentTarget.value)) symptom.value = currentTarget.value
          }}
        >
          <option value="" disabled>
            {t('enter.choose')}
          </option>
          {SYMPTOMS.map((one) => (
            <option key={one} value={one}>
              {t(`symptom.${one}`)}
            </option>
          ))}
        </select>
        <span id={`${id}-fault`} class="small field-fault">
          {isMissing.value && t('enter.choose')}
        </span>
      </div>
      <div class="field">
        <label for={`${id}-severity`}>{t('enter.severity')}</label>
        <input
          id={`${id}-severity`}
          type="range"
          min={0}
          max={SEVERITY_LIMIT}
          step={1}
          value={severity.value}
          aria-valuetext={t('symptom.severity', {
            severity: number(severity.value),
            most: number(SEVERITY_LIMIT),
          })}
          onInput={({ currentTarget }) => {
            severity.value = currentTarget.valueAsNumber
          }}
        />
        <span class="row row-apart small quiet">
          <span>{t('enter.noneAtAll')}</span>
          <output class="tile-unit">{number(severity.value)}</output>
          <span>{t('enter.worst')}</span>
        </span>
      </div>
    </EntryForm>
  )
}
