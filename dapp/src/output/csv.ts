import { channelNamed } from '@hygeia/protocol/channel'
import type { UnixMs } from '@hygeia/protocol/units'
import type { OpenedBatch } from '../physician/open.ts'

/** Half-open range of time that is printed: batches reach over its ends. */
export interface Span {
  readonly from: UnixMs
  readonly to: UnixMs
}

/**
 * `value` is empty where there is none; `state` is `ok`, `suspect` (outside of what the sensor can measure) or the
 * reason why there is no value; `dated` is how the time is known.
 */
export const CSV_HEADER = 'time,device,channel,code,value,unit,state,dated\n'

/** Lines of one batch, one for each reading in the span. @see RFC 4180 */
export function csvOf({ batch, header: { device }, offsetMs, datedBy }: OpenedBatch, span: Span): string {
  let text = ''
  for (const { channel: name, samples } of batch.columns) {
    const { loinc, mdc, unit } = channelNamed(name)
    const code = loinc[0] ?? mdc ?? ''
    for (const sample of samples) {
      const at = sample.at + offsetMs
      if (at < span.from || at >= span.to) continue
      const state = sample.missing ?? (sample.suspect === true ? 'suspect' : 'ok')
      const time = new Date(at).toISOString()
      text += `${time},${device},${name},${code},${sample.value ?? ''},${unit},${state},${datedBy}\n`
    }
  }
  return text
}
