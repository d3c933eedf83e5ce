/** What is typed into one field, and the least and most that any such instrument shows. */
export interface Measure {
  readonly name: 'systolic' | 'diastolic' | 'pulse' | 'weight' | 'temperature'
  /** UCUM. */
  readonly unit: string
  readonly least: number
  readonly most: number
  readonly isOptional?: boolean
}

/** What is entered together. @see IEC 80601-2-30 §201.12.1 for the ranges of blood pressure and pulse */
export const MEASURES = {
  'blood-pressure': [
    { name: 'systolic', unit: 'mm[Hg]', least: 40, most: 300 },
    { name: 'diastolic', unit: 'mm[Hg]', least: 20, most: 200 },
    { name: 'pulse', unit: '/min', least: 20, most: 300, isOptional: true },
  ],
  weight: [{ name: 'weight', unit: 'kg', least: 0.5, most: 500 }],
  temperature: [{ name: 'temperature', unit: 'Cel', least: 25, most: 45 }],
} as const satisfies Readonly<Record<string, readonly Measure[]>>

const ARABIC_ZERO = 0x660

/** A number as people type it: with a point or a comma, in Latin or Arabic digits. @returns undefined when it is none */
export function numberIn(text: string): number | undefined {
  const latin = text
    .trim()
    .replace(/[٠-٩]/g, (digit) => String(digit.charCodeAt(0) - ARABIC_ZERO))
    .replace(/[,٫]/, '.')
  return /^\d{1,4}(\.\d{1,2})?$/.test(latin) ? Number(latin) : undefined
}

/** @returns undefined when it is none that such an instrument shows */
export function measuredIn(text: string, { least, most }: Measure): number | undefined {
  const value = numberIn(text)
  return value !== undefined && value >= least && value <= most ? value : undefined
}
