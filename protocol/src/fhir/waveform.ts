import type { Column } from '../batch/batch.ts'
import type { Channel } from '../channel.ts'
import type { Sample } from '../sample.ts'
import type { MonotonicMs } from '../units.ts'
import { unitOf } from './codes.ts'
import { remarksOn } from './measured.ts'
import type { SampledData } from './resources.ts'

/** Whether a channel is exported as a curve instead of one Observation a sample. */
export function isWaveform({ category }: Channel): boolean {
  return category === 'ecg'
}

export interface Waveform {
  readonly from: MonotonicMs
  readonly to: MonotonicMs
  readonly data: SampledData
  readonly remarks: readonly string[]
}

/** A column as curves: a new one begins wherever the grid is not even, because SampledData has no way to say so. */
export function* waveformsOf(channel: Channel, { samples }: Column): Generator<Waveform> {
  let run: Run | undefined
  for (const sample of samples) {
    const step = run === undefined ? 0 : sample.at - run.to
    if (run === undefined || (run.samples.length > 1 && step !== run.period)) {
      if (run !== undefined) yield curve(channel, run)
      run = { samples: [sample], from: sample.at, to: sample.at, period: 0 }
    } else {
      run.samples.push(sample)
      run.to = sample.at
      run.period = step
    }
  }
  if (run !== undefined) yield curve(channel, run)
}

interface Run {
  readonly samples: Sample[]
  readonly from: MonotonicMs
  to: MonotonicMs
  /** ms; 0 of a single sample. */
  period: number
}

function curve(channel: Channel, { samples, from, to, period }: Run): Waveform {
  const remarks = samples.flatMap((sample) =>
    sample.value === undefined
      ? [`${channel.display}: E stands for ${sample.missing}`]
      : remarksOn(channel, sample),
  )
  return {
    from,
    to,
    data: {
      origin: { value: 0, ...unitOf(channel) },
      period,
      factor: 1 / channel.perUnit,
      dimensions: 1,
      data: samples
        .map(({ value }) => (value === undefined ? 'E' : Math.round(value * channel.perUnit)))
        .join(' '),
    },
    remarks: [...new Set(remarks)],
  }
}
