import type { RecordingStep } from '../spool/room.ts'

const LESS: Readonly<Record<Exclude<RecordingStep, 'all'>, string>> = {
  'rest-thinned': 'the spool fills: of what matters least, one reading a minute is recorded',
  'ecg-strips':
    'the spool fills: of waveforms, ten seconds in five minutes are recorded, of what matters less nothing',
  'vitals-thinned':
    'the spool is nearly full: of vital signs, one reading a minute is recorded, else only alerts',
  'alerts-only': 'the spool is full: nothing but alerts is recorded',
}

/** What a spool that fills leaves out, for people; undefined when it leaves out nothing. */
export function recordingText(step: RecordingStep): string | undefined {
  return step === 'all'
    ? undefined
    : `${LESS[step]}; alarms go on; room comes once the hospital can be reached`
}

export const sumOf = (counts: Readonly<Record<string, number>>) =>
  Object.values(counts).reduce((sum, count) => sum + count, 0)
