/** What patients are asked about. Order is the number on the wire; add at the end only. */
export const SYMPTOMS = [
  'pain',
  'chest-pain',
  'breathlessness',
  'palpitations',
  'dizziness',
  'fainting',
  'swelling',
  'cough',
  'fever',
  'nausea',
  'tiredness',
  'confusion',
] as const
export type Symptom = (typeof SYMPTOMS)[number]

/** How bad, in the patient's own judgement: 0 none, 10 the worst imaginable. @see numeric rating scale, NRS-11 */
export const SEVERITY_LIMIT = 10

/** A symptom as the patient says it is. */
export interface SaidSymptom {
  readonly symptom: Symptom
  /** 0 to 10. */
  readonly severity: number
}

const BASE = 16

/** As a value of the channel `symptom`. @throws {RangeError} unless the severity is a whole number from 0 to 10 */
export function symptomToCode({ symptom, severity }: SaidSymptom): number {
  if (!Number.isInteger(severity) || severity < 0 || severity > SEVERITY_LIMIT) {
    throw new RangeError(`severity is 0 to ${SEVERITY_LIMIT}`)
  }
  return SYMPTOMS.indexOf(symptom) * BASE + severity
}

/** @returns undefined when `code` is none */
export function symptomFromCode(code: number): SaidSymptom | undefined {
  const symptom = SYMPTOMS[Math.floor(code / BASE)]
  const severity = code % BASE
  const isOne = symptom !== undefined && Number.isInteger(severity) && severity <= SEVERITY_LIMIT
  return isOne ? { symptom, severity } : undefined
}
