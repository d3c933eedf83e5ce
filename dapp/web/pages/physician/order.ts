import type { PatientRow } from '../../worker/physician/patients.ts'

/** Whose score is complete, whose is not and so has no band, and who has none. */
export interface Grouped {
  readonly complete: readonly PatientRow[]
  readonly incomplete: readonly PatientRow[]
  readonly none: readonly PatientRow[]
}

/**
 * In the order in which somebody is to look: the highest score first; of the same score whoever has three points in one
 * part, then whose readings are the oldest. An incomplete score is no lower than it says, and is not ranked among
 * complete ones.
 */
export function byScore(rows: readonly PatientRow[]): Grouped {
  const sorted = rows.toSorted(
    (one, other) =>
      pointsOf(other) - pointsOf(one) || threeOf(other) - threeOf(one) || newestOf(one) - newestOf(other),
  )
  return {
    complete: sorted.filter(({ score }) => score?.score.risk !== undefined),
    incomplete: sorted.filter(({ score }) => score !== undefined && score.score.risk === undefined),
    none: sorted.filter(({ score }) => score === undefined),
  }
}

/** Whose readings are the oldest first: silence is what nobody notices. */
export function byAge(rows: readonly PatientRow[]): readonly PatientRow[] {
  return rows.toSorted((one, other) => newestOf(one) - newestOf(other))
}

const pointsOf = ({ score }: PatientRow) => score?.score.atLeast ?? -1
const threeOf = ({ score }: PatientRow) => (score?.score.hasThree === true ? 1 : 0)
const newestOf = ({ newestAt }: PatientRow) => newestAt ?? 0
