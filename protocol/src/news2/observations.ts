/** Alert, new confusion, responds to voice, responds to pain, unresponsive. Order is the number on the wire. */
export const CONSCIOUSNESS = ['alert', 'confusion', 'voice', 'pain', 'unresponsive'] as const
export type Consciousness = (typeof CONSCIOUSNESS)[number]

/** What the patient breathes. Order is the number on the wire. */
export const BREATHES = ['air', 'oxygen'] as const
export type Breathes = (typeof BREATHES)[number]

/** SpO2 scale 2 is for people with hypercapnic respiratory failure whose target is 88–92 %, when a clinician said so. */
export type Spo2Scale = 1 | 2

/** The seven physiological parameters, in the order of the chart. */
export const PARAMETERS = [
  'respiratory-rate',
  'spo2',
  'oxygen',
  'systolic',
  'pulse',
  'consciousness',
  'temperature',
] as const
export type Parameter = (typeof PARAMETERS)[number]

/** What was observed of a person of 16 or over who is not pregnant. What is not known is left out. */
export interface Observations {
  /** Breaths a minute. */
  readonly respiratoryRate?: number | undefined
  /** Oxygen saturation, %, of a calibrated oximeter. */
  readonly spo2?: number | undefined
  readonly breathes?: Breathes | undefined
  /** Systolic blood pressure, mmHg. */
  readonly systolic?: number | undefined
  /** Beats a minute. */
  readonly pulse?: number | undefined
  readonly consciousness?: Consciousness | undefined
  /** Body temperature, °C; never a skin's. */
  readonly temperature?: number | undefined
}
