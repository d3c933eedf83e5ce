/**
 * What is recorded as the spool fills, from everything to nothing but alerts. What matters least gives way first.
 *
 * - `all`: everything.
 * - `rest-thinned`: of what has priority `rest`, one reading a minute.
 * - `ecg-strips`: nothing of `rest`; of `ecg`, strips of ten seconds.
 * - `vitals-thinned`: nothing of `ecg` either; of `vitals`, one reading a minute.
 * - `alerts-only`: nothing but alerts, for which the last of the room is kept.
 */
export const RECORDING_STEPS = ['all', 'rest-thinned', 'ecg-strips', 'vitals-thinned', 'alerts-only'] as const
export type RecordingStep = (typeof RECORDING_STEPS)[number]

/** Part of the spool that only alerts may use. */
export const ALERT_RESERVE = 1 / 16

/** Part of the spool that is used when a step begins, in the order of the steps. */
const BEGINS_AT = [0, 12 / 16, 13 / 16, 14 / 16, 1 - ALERT_RESERVE] as const
/** A step ends when so much less is used than when it begins, or it would come and go with every batch. */
const HYSTERESIS = 1 / 32

/** @param fill - part of the spool that is used, 0 and up @param before - the step that goes on where two would do */
export function recordingStep(fill: number, before: RecordingStep): RecordingStep {
  const reached = stepAt(fill)
  const left = stepAt(fill + HYSTERESIS)
  const current = RECORDING_STEPS.indexOf(before)
  return RECORDING_STEPS[Math.min(Math.max(current, reached), left)] ?? 'all'
}

function stepAt(fill: number): number {
  return BEGINS_AT.findLastIndex((begin) => fill >= begin)
}
