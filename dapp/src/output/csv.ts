import { channelNamed } from '@hygeia/protocol/channel'
import type { OpenedBatch } from '../physician/opening.ts'
import { isoWriter } from './iso-time.ts'
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
  const timeOf = isoWriter()
  let text = ''
  for (const { channel: name, samples } of batch.columns) {
    const { loinc, mdc, unit } = channelNamed(name)
    const before = `,${device},${name},${loinc[0] ?? mdc ?? ''},`
    const [ok, after] = [`,${unit},ok,${datedBy}\n`, `,${datedBy}\n`]
    for (const sample of samples) {
      const time = timeOf(sample.at + offsetMs)
      if (sample.missing !== undefined) text += `${time}${before},${unit},${sample.missing}${after}`
      else if (sample.suspect === true) text += `${time}${before}${sample.value},${unit},suspect${after}`
      else text += time + before + sample.value + ok
    }
  }
  return text
}
