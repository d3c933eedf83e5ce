import type { Observations, Spo2Scale } from './observations.ts'

/**
 * Points of each parameter by the chart of the National Early Warning Score 2.
 *
 * Reproduced from: Royal College of Physicians. National Early Warning Score (NEWS) 2: Standardising the assessment of
 * acute-illness severity in the NHS. Updated report of a working party. London: RCP, 2017.
 *
 * The chart has whole numbers, and tenths of a degree: what is measured more finely goes to the nearest of them first,
 * so that no value lies between two bands.
 */
export type Points = 0 | 1 | 2 | 3

/** Bands from the lowest up: the highest value of each, and its points. */
type Bands = readonly (readonly [upTo: number, points: Points])[]

const REST = Number.POSITIVE_INFINITY
const RESPIRATORY_RATE: Bands = [
  [8, 3],
  [11, 1],
  [20, 0],
  [24, 2],
  [REST, 3],
]
const SPO2_SCALE_1: Bands = [
  [91, 3],
  [93, 2],
  [95, 1],
  [REST, 0],
]
const SPO2_SCALE_2_AIR: Bands = [
  [83, 3],
  [85, 2],
  [87, 1],
  [REST, 0],
]
const SPO2_SCALE_2_OXYGEN: Bands = [
  [83, 3],
  [85, 2],
  [87, 1],
  [92, 0],
  [94, 1],
  [96, 2],
  [REST, 3],
]
const SYSTOLIC: Bands = [
  [90, 3],
  [100, 2],
  [110, 1],
  [219, 0],
  [REST, 3],
]
const PULSE: Bands = [
  [40, 3],
  [50, 1],
  [90, 0],
  [110, 1],
  [130, 2],
  [REST, 3],
]
/** In tenths of a degree. */
const TEMPERATURE: Bands = [
  [350, 3],
  [360, 1],
  [380, 0],
  [390, 1],
  [REST, 2],
]

function pointsIn(bands: Bands, value: number | undefined): Points | undefined {
  if (value === undefined) return undefined
  return bands.find(([upTo]) => Math.round(value) <= upTo)?.[1]
}

/** Points of the seven parameters, in the order of the chart; `undefined` where they cannot be told. */
export function pointsOf(seen: Observations, scale: Spo2Scale): readonly (Points | undefined)[] {
  const { respiratoryRate, breathes, systolic, pulse, consciousness, temperature } = seen
  return [
    pointsIn(RESPIRATORY_RATE, respiratoryRate),
    spo2Points(seen, scale),
    breathes === undefined ? undefined : breathes === 'oxygen' ? 2 : 0,
    pointsIn(SYSTOLIC, systolic),
    pointsIn(PULSE, pulse),
    consciousness === undefined ? undefined : consciousness === 'alert' ? 0 : 3,
    pointsIn(TEMPERATURE, temperature === undefined ? undefined : temperature * 10),
  ]
}

function spo2Points({ spo2, breathes }: Observations, scale: Spo2Scale): Points | undefined {
  if (scale === 1) return pointsIn(SPO2_SCALE_1, spo2)
  const onAir = pointsIn(SPO2_SCALE_2_AIR, spo2)
  const onOxygen = pointsIn(SPO2_SCALE_2_OXYGEN, spo2)
  // Above its target, scale 2 asks what is breathed.
  if (breathes === undefined) return onAir === onOxygen ? onAir : undefined
  return breathes === 'air' ? onAir : onOxygen
}
