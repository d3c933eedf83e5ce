import type { ManualEntry } from '@hygeia/dapp/manual/entry'
import { useSignal } from '@preact/signals'
import { Field } from '../../../design/field.tsx'
import { number, unitName } from '../../../words/format.ts'
import { t } from '../../../words/words.ts'
import { EntryForm, type EntryProps } from './entry-form.tsx'
import { MEASURES, type Measure, measuredIn } from './measured.ts'

type Kind = keyof typeof MEASURES
type Typed = Readonly<Partial<Record<Measure['name'], string>>>

export function MeasuresForm({ kind, ...props }: EntryProps & { readonly kind: Kind }) {
  const typed = useSignal<Typed>({})
  const faults = useSignal<Typed>({})
  const measures: readonly Measure[] = MEASURES[kind]
  const read = () => {
    const { values, faults: found } = look(measures, typed.value)
    faults.value = found
    return Object.keys(found).length > 0 ? undefined : entryOf(kind, values)
  }
  return (
    <EntryForm {...props} read={read}>
      {measures.map((measure) => (
        <Field
          key={measure.name}
          label={t(`enter.${measure.name}`)}
          unit={unitName(measure.unit)}
          value={typed.value[measure.name] ?? ''}
          hint={measure.isOptional === true ? t('enter.optional') : undefined}
          fault={faults.value[measure.name]}
          onInput={(text) => {
            typed.value = { ...typed.value, [measure.name]: text }
          }}
        />
      ))}
    </EntryForm>
  )
}

type Values = Readonly<Partial<Record<Measure['name'], number>>>

/** What was typed as numbers, and what is wrong with it by field. */
function look(measures: readonly Measure[], typed: Typed): { values: Values; faults: Typed } {
  const values: Partial<Record<Measure['name'], number>> = {}
  const faults: Partial<Record<Measure['name'], string>> = {}
  for (const measure of measures) {
    const { name, isOptional } = measure
    const text = typed[name] ?? ''
    if (isOptional === true && text.trim() === '') continue
    const value = measuredIn(text, measure)
    if (value === undefined) faults[name] = outside(measure)
    else values[name] = value
  }
  const { systolic = Number.POSITIVE_INFINITY, diastolic = 0 } = values
  if (systolic <= diastolic) faults.diastolic = t('enter.swapped')
  return { values, faults }
}

function outside({ least, most, unit }: Measure): string {
  const digits = least % 1 === 0 ? 0 : 1
  return t('enter.outside', { least: number(least, digits), most: number(most), unit: unitName(unit) })
}

/** @returns undefined while something is missing */
function entryOf(kind: Kind, values: Values): ManualEntry | undefined {
  const { systolic, diastolic, pulse, weight, temperature } = values
  switch (kind) {
    case 'blood-pressure':
      return systolic === undefined || diastolic === undefined
        ? undefined
        : { kind, systolic, diastolic, pulse }
    case 'weight':
      return weight === undefined ? undefined : { kind, kg: weight }
    case 'temperature':
      return temperature === undefined ? undefined : { kind, celsius: temperature }
  }
}
