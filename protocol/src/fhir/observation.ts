import type { Batch } from '../batch/batch.ts'
import { channelNamed } from '../channel.ts'
import type { Address } from '../ids.ts'
import type { MonotonicMs } from '../units.ts'
import { isPressure, pressuresOf } from './blood-pressure.ts'
import { BLOOD_PRESSURE, categoryOf, codeOf } from './codes.ts'
import { measured, remarksOn } from './measured.ts'
import { referenceTo } from './pseudonym.ts'
import type { Observation } from './resources.ts'
import { isWaveform, waveformsOf } from './waveform.ts'

const ESTIMATED = 'The time is an estimate: the clock of the device was not set'

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
 * systolic and diastolic.
 */
export function* observationsOf(exported: ExportedBatch): Generator<Observation> {
  const { patient, device, batch, offsetMs, isEstimated = false, cid } = exported
  const instant = (at: MonotonicMs) => new Date(at + offsetMs).toISOString()
  const about = {
    resourceType: 'Observation',
    ...(cid === undefined ? {} : { meta: { source: `ipfs://${cid}` } }),
    status: 'final',
    subject: referenceTo('Patient', patient),
    device: referenceTo('Device', device),
  } as const
  const noted = (remarks: readonly string[]) => {
    const note = isEstimated ? [...remarks, ESTIMATED] : remarks
    return note.length === 0 ? {} : { note: note.map((text) => ({ text })) }
  }
  for (const { at, component, remarks } of pressuresOf(batch.columns)) {
    const kind = { ...categoryOf(channelNamed('systolic')), code: BLOOD_PRESSURE }
    yield { ...about, ...kind, effectiveDateTime: instant(at), component, ...noted(remarks) }
  }
  for (const column of batch.columns) {
    const channel = channelNamed(column.channel)
    const kind = { ...categoryOf(channel), code: codeOf(channel) }
    if (isPressure(channel)) continue
    if (isWaveform(channel)) {
      for (const { from, to, data, remarks } of waveformsOf(channel, column)) {
        const effectivePeriod = { start: instant(from), end: instant(to) }
        yield { ...about, ...kind, effectivePeriod, valueSampledData: data, ...noted(remarks) }
      }
      continue
    }
    for (const sample of column.samples) {
      const said = { ...measured(channel, sample), ...noted(remarksOn(channel, sample)) }
      yield { ...about, ...kind, effectiveDateTime: instant(sample.at), ...said }
    }
  }
}
