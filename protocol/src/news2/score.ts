import { type Points, pointsOf } from './chart.ts'
import { type Observations, PARAMETERS, type Parameter, type Spo2Scale } from './observations.ts'

/** Clinical risk, lowest first. `low-medium`: three points in one parameter, and fewer than five in all. */
export const RISKS = ['low', 'low-medium', 'medium', 'high'] as const
export type Risk = (typeof RISKS)[number]

/** A National Early Warning Score 2, complete or not. */
export interface Score {
  /** Of each parameter; `undefined` where it is not known. */
  readonly points: Readonly<Record<Parameter, Points | undefined>>
  /** How many of the seven are known. */
  readonly known: number
  /** Sum of those that are known: the score is at least this. */
  readonly atLeast: number
  /** A parameter has three points: that alone asks for an urgent look, whatever else is known. */
  readonly hasThree: boolean
  /** Only of a complete score: what is missing could change it. */
  readonly risk: Risk | undefined
}

/** @see Royal College of Physicians, NEWS2, 2017, charts 1 and 2 */
export function scoreOf(seen: Observations, scale: Spo2Scale): Score {
  return scoreOfPoints(pointsOf(seen, scale))
}

/** @param points - of the seven parameters, in the order of the chart */
export function scoreOfPoints(points: readonly (Points | undefined)[]): Score {
  const known = points.filter((one) => one !== undefined)
  const atLeast = known.reduce<number>((sum, one) => sum + one, 0)
  const hasThree = known.includes(3)
  const isComplete = known.length === PARAMETERS.length
  return {
    points: Object.fromEntries(PARAMETERS.map((name, index) => [name, points[index]])) as Score['points'],
    known: known.length,
    atLeast,
    hasThree,
    risk: isComplete ? riskOf(atLeast, hasThree) : undefined,
  }
}

function riskOf(sum: number, hasThree: boolean): Risk {
  if (sum >= 7) return 'high'
  if (sum >= 5) return 'medium'
  return hasThree ? 'low-medium' : 'low'
}

/** As it is shown: `5`, or `≥ 3 (4 of 7)` while something is missing. */
export function scoreText({ atLeast, known, risk }: Score): string {
  return risk === undefined ? `≥ ${atLeast} (${known} of ${PARAMETERS.length})` : `${atLeast}`
}

/** Three bits a parameter, that of the first lowest; seven stands for one that is not known. */
const BITS = 3
const UNKNOWN = 7

/** A score as the value of the channel `news2`. @returns 0 to 2^21 − 1 */
export function scoreToCode({ points }: Score): number {
  return PARAMETERS.reduce((code, name, index) => code + (points[name] ?? UNKNOWN) * 2 ** (BITS * index), 0)
}

/** @returns undefined when `code` is none */
export function scoreFromCode(code: number): Score | undefined {
  if (!Number.isInteger(code) || code < 0 || code >= 2 ** (BITS * PARAMETERS.length)) return undefined
  const values = PARAMETERS.map((_, index) => Math.floor(code / 2 ** (BITS * index)) % 2 ** BITS)
  if (values.some((value) => value > 3 && value !== UNKNOWN)) return undefined
  return scoreOfPoints(values.map((value) => (value === UNKNOWN ? undefined : (value as Points))))
}
