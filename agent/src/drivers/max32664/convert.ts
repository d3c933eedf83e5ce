import type { Reading } from '@hygeia/protocol/sample'
import { SensorError } from '../errors.ts'
import { REPORT_BYTES } from './registers.ts'

/** What is on the sensor, as the algorithm sees it. UG7087 table 9, byte 23, "Algorithm state". */
export type FingerState = 'none' | 'something' | 'other-object' | 'finger'

const STATES: readonly FingerState[] = ['none', 'something', 'other-object', 'finger']

/** One report of the heart rate and SpO2 algorithm in mode 1; 0 is its way of saying that it has no value. */
export interface Report {
  /** Beats a minute, 0 to 6553.5 in steps of 0.1. */
  readonly heartRate: number
  /** 0 to 100 %, of the heart rate. */
  readonly confidence: number
  /** 0 to 6553.5 % in steps of 0.1. */
  readonly spo2: number
  readonly finger: FingerState
}

/**
 * @param bytes - six bytes as they come from the output FIFO: heart rate 16 bits in tenths, confidence 8 bits,
 *   SpO2 16 bits in tenths, state 8 bits; high byte first
 * @throws {SensorError} `BAD_REPORT` when they are not six, or the state is none of 0 to 3
 * @see Maxim UG7087 (MAX32664A quick start guide) table 9; UG6806 Rev 3 table 8 has a sample
 */
export function toReport(bytes: Uint8Array): Report {
  const state = bytes[5]
  const finger = state === undefined ? undefined : STATES[state]
  if (bytes.length !== REPORT_BYTES || finger === undefined) {
    throw new SensorError('not a report', { code: 'BAD_REPORT', bytes: bytes.length, state })
  }
  const fields = new DataView(bytes.buffer, bytes.byteOffset, REPORT_BYTES)
  return {
    heartRate: fields.getUint16(0) / 10,
    confidence: fields.getUint8(2),
    spo2: fields.getUint16(3) / 10,
    finger,
  }
}

/** Heart rate in `/min` and SpO2 in `%` as a report has them, or why it has not. */
export type Vitals = {
  readonly 'heart-rate': Reading
  readonly spo2: Reading
}

/** @param minConfidence - 0 to 100 %; below it a report is not believed */
export function toVitals(report: Report, minConfidence: number): Vitals {
  switch (report.finger) {
    case 'none':
    case 'other-object':
      return both({ missing: 'probe-off' })
    case 'something':
      // The algorithm has yet to decide whether it is a finger.
      return both({ missing: 'not-yet' })
    case 'finger':
      if (report.confidence < minConfidence) return both({ missing: 'ambiguous' })
      return { 'heart-rate': orAmbiguous(report.heartRate), spo2: orAmbiguous(report.spo2) }
  }
}

/** The same reading for both quantities. */
export function both(reading: Reading): Vitals {
  return { 'heart-rate': reading, spo2: reading }
}

function orAmbiguous(value: number): Reading {
  return value === 0 ? { missing: 'ambiguous' } : { value }
}

/** Calibration of the SpO2 curve `a·r² + b·r + c` for one product's optics. */
export type Spo2Coefficients = readonly [a: number, b: number, c: number]

/**
 * The coefficients as the hub takes them: 32 bits each, hundred-thousandths, two's complement, high byte first.
 *
 * @throws {RangeError} when one does not fit
 * @see Maxim UG7087 table 8, step 1.1
 */
export function coefficientBytes(coefficients: Spo2Coefficients): Uint8Array {
  const bytes = new DataView(new ArrayBuffer(12))
  for (const [position, coefficient] of coefficients.entries()) {
    const counts = Math.round(coefficient * 100_000)
    if (!Number.isFinite(counts) || counts < -0x80000000 || counts > 0x7fffffff) {
      throw new RangeError(`not a coefficient: ${coefficient}`)
    }
    bytes.setInt32(position * 4, counts)
  }
  return new Uint8Array(bytes.buffer)
}
