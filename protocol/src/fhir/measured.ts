import type { Channel } from '../channel.ts'
import type { Sample } from '../sample.ts'
import { absent, offScale, unitOf } from './codes.ts'
import type { Measured } from './resources.ts'

/** One sample as FHIR says it: a quantity, or a reason why there is none; off the scale is told as such. */
export function measured(channel: Channel, sample: Sample): Measured {
  if (sample.value === undefined) return { dataAbsentReason: absent(sample.missing) }
  const valueQuantity = { value: sample.value, ...unitOf(channel) }
  if (sample.value < channel.min) return { valueQuantity, interpretation: [offScale('low')] }
  if (sample.value > channel.max) return { valueQuantity, interpretation: [offScale('high')] }
  return { valueQuantity }
}

/** What is to be said in words beside the value. */
export function remarksOn(channel: Channel, sample: Sample | undefined): readonly string[] {
  return sample?.suspect === true ? [`${channel.display}: marked suspect by the device`] : []
}
