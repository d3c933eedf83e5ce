import { channelNamed } from '@hygeia/protocol/channel'
import type { OpenedBatch } from '../physician/open.ts'
import type { ReadingsWriter } from './writer.ts'

/**
 * One line for each reading. `value` is empty where there is none; `state` is `ok`, `suspect` (outside of what the
 * sensor can measure) or the reason why there is no value; `dated` is how the time is known.
 *
 * @see RFC 4180
 */
export const csvWriter: ReadingsWriter = {
  head: 'time,device,channel,code,value,unit,state,dated\n',
  add: linesOf,
  end: () => '',
}

function linesOf({ batch, header: { device }, offsetMs, datedBy }: OpenedBatch): string {
  let text = ''
  for (const { channel: name, samples } of batch.columns) {
    const { loinc, mdc, unit } = channelNamed(name)
    const before = `${device},${name},${loinc[0] ?? mdc ?? ''}`
    for (const sample of samples) {
      const state = sample.missing ?? (sample.suspect === true ? 'suspect' : 'ok')
      const time = new Date(sample.at + offsetMs).toISOString()
      text += `${time},${before},${sample.value ?? ''},${unit},${state},${datedBy}\n`
    }
  }
  return text
}
