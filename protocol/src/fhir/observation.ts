import type { Batch } from '../batch/batch.ts'
import { channelNamed } from '../channel.ts'
import type { Address } from '../ids.ts'
import type { MonotonicMs } from '../units.ts'
import { isPressure, pressuresOf } from './blood-pressure.ts'
import { meaningOf } from './coded.ts'
import { BLOOD_PRESSURE, categoryOf, codeOf, profileOf } from './codes.ts'
import { measured, remarksOn } from './measured.ts'
import { observationIds } from './observation-id.ts'
import { accountId, type Linking, linkTo } from './pseudonym.ts'
import type { Observation } from './resources.ts'
import { isWaveform, waveformsOf } from './waveform.ts'

const ESTIMATED = 'The time is an estimate: the clock of the device was not set'
const PANEL = channelNamed('systolic')

/** One batch in clear, dated, and whose it is. */
export interface ExportedBatch {
  readonly patient: Address
  readonly device: Address
  readonly batch: Batch
  /** UTC − monotonic in ms: of the batch itself, of a later batch of its boot, or an estimate. */
  readonly offsetMs: number
  /** The offset is only an estimate. */
  readonly isEstimated?: boolean
  /** `bafy…` of the sealed batch, so that each reading leads back to what is proven of it. */
  readonly cid?: string
}

/**
 * The readings of a batch as FHIR R4 Observations: one a sample, one a curve of an ECG lead, one a pair of
 * systolic and diastolic. The same reading has the same id whenever it is exported, whatever else is.
 */
export function* observationsOf(exported: ExportedBatch, linking: Linking): Generator<Observation> {
  const { patient, device, batch, offsetMs, isEstimated = false, cid } = exported
  const instant = (at: MonotonicMs) => new Date(at + offsetMs).toISOString()
  const idOf = observationIds(exported)
  const source = cid === undefined ? {} : { source: `ipfs://${cid}` }
  const metaOf = (profiled: string) => {
    const meta = { ...source, ...profileOf(profiled) }
    return Object.keys(meta).length === 0 ? {} : { meta }
  }
  const about = {
    status: 'final',
    subject: linkTo('Patient', accountId(patient), linking),
    device: linkTo('Device', accountId(device), linking),
  } as const
  const noted = (remarks: readonly string[]) => {
    const note = isEstimated ? [...remarks, ESTIMATED] : remarks
    return note.length === 0 ? {} : { note: note.map((text) => ({ text })) }
  }
  const panel = { ...metaOf('blood-pressure'), ...about, ...categoryOf(PANEL), code: BLOOD_PRESSURE }
  for (const { at, component, remarks } of pressuresOf(batch.columns)) {
    const named = { resourceType: 'Observation', id: idOf(PANEL, at) } as const
    yield { ...named, ...panel, effectiveDateTime: instant(at), component, ...noted(remarks) }
  }
  for (const column of batch.columns) {
    const channel = channelNamed(column.channel)
    if (isPressure(channel)) continue
    const kind = { ...metaOf(channel.name), ...about, ...categoryOf(channel), code: codeOf(channel) }
    if (isWaveform(channel)) {
      for (const { from, to, data, remarks } of waveformsOf(channel, column)) {
        const named = { resourceType: 'Observation', id: idOf(channel, from) } as const
        const effectivePeriod = { start: instant(from), end: instant(to) }
        yield { ...named, ...kind, effectivePeriod, valueSampledData: data, ...noted(remarks) }
      }
      continue
    }
    for (const sample of column.samples) {
      const named = { resourceType: 'Observation', id: idOf(channel, sample.at) } as const
      const said = meaningOf(channel, sample) ?? measured(channel, sample)
      const remarks = noted(remarksOn(channel, sample))
      yield { ...named, ...kind, effectiveDateTime: instant(sample.at), ...said, ...remarks }
    }
  }
}
