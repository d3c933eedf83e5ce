import { channelNamed } from '@hygeia/protocol/channel'
import type { Sample } from '@hygeia/protocol/sample'
import { type SaidSymptom, symptomToCode } from '@hygeia/protocol/symptom/symptom'
import { toSample } from '@hygeia/protocol/to-sample'
import type { MonotonicMs } from '@hygeia/protocol/units'

/** What a patient measured or felt, as it is typed. */
export type ManualEntry =
  /** mmHg, and beats a minute where the cuff shows them. */
  | {
      readonly kind: 'blood-pressure'
      readonly systolic: number
      readonly diastolic: number
      readonly pulse?: number | undefined
    }
  | { readonly kind: 'weight'; readonly kg: number }
  /** Of the body, °C. */
  | { readonly kind: 'temperature'; readonly celsius: number }
  | ({ readonly kind: 'symptom' } & SaidSymptom)

/**
 * An entry as samples of one instant. A value that no such instrument shows is kept and marked suspect, as a sensor's is.
 *
 * @throws {RangeError} when a symptom's severity is none
 */
export function samplesOf(entry: ManualEntry): readonly Sample[] {
  switch (entry.kind) {
    case 'blood-pressure':
      return [
        sample('systolic', entry.systolic),
        sample('diastolic', entry.diastolic),
        ...(entry.pulse === undefined ? [] : [sample('heart-rate', entry.pulse)]),
      ]
    case 'weight':
      return [sample('weight', entry.kg)]
    case 'temperature':
      return [sample('body-temperature', entry.celsius)]
    case 'symptom':
      return [sample('symptom', symptomToCode(entry))]
  }
}

function sample(channel: string, value: number): Sample {
  return toSample(channelNamed(channel), 0 as MonotonicMs, { value })
}
