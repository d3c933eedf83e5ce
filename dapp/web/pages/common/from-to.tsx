import type { Signal } from '@preact/signals'
import { Field } from '../../design/field.tsx'
import { t } from '../../words/words.ts'

interface FromToProps {
  /** As a field of this type has them, in the reader's zone: 2026-01-31, or 2026-01-31T08:30. */
  readonly type: 'date' | 'datetime-local'
  readonly from: Signal<string>
  readonly to: Signal<string>
  /** What is wrong with them. */
  readonly fault?: string | undefined
}

/** Begin and end of a span. */
export function FromTo({ type, from, to, fault }: FromToProps) {
  return (
    <>
      <Field
        type={type}
        label={t('span.from')}
        value={from.value}
        onInput={(text) => {
          from.value = text
        }}
      />
      <Field
        type={type}
        label={t('span.to')}
        value={to.value}
        fault={fault}
        onInput={(text) => {
          to.value = text
        }}
      />
    </>
  )
}
