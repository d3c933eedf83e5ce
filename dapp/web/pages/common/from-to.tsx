import type { Signal } from '@preact/signals'
import { Field } from '../../design/field.tsx'
import { t } from '../../words/words.ts'

interface DaysProps {
  /** As a date field has them: 2026-01-31, in the patient's zone. */
  readonly from: Signal<string>
  readonly to: Signal<string>
  /** What is wrong with them. */
  readonly fault?: string | undefined
}

/** The first and the last day of something. */
export function Days({ from, to, fault }: DaysProps) {
  return (
    <>
      <Field
        type="date"
        label={t('sharing.dataFrom')}
        value={from.value}
        onInput={(text) => {
          from.value = text
        }}
      />
      <Field
        type="date"
        label={t('sharing.dataTo')}
        value={to.value}
        fault={fault}
        onInput={(text) => {
          to.value = text
        }}
      />
    </>
  )
}
