import type { OpenedBatch } from '../physician/opening.ts'
import type { ReadingsWriter } from './writer.ts'

/** One JSON line for each batch: for programs, with everything that is known of it. */
export const jsonLines: ReadingsWriter = {
  head: '',
  add: lineOf,
  end: () => '',
}

function lineOf({ cid, patient, header, batch, offsetMs, datedBy }: OpenedBatch): string {
  const { device, label, incarnation, sequence, from, to, isDated, priority } = header
  const columns = batch.columns.map(({ channel, samples }) => ({
    channel,
    samples: samples.map(({ at, value, missing, suspect }) => ({
      at: at + offsetMs,
      value,
      missing,
      suspect,
    })),
  }))
  const facts = { cid, patient, device, label, incarnation, sequence, from, to, isDated, priority }
  return `${JSON.stringify({ ...facts, datedBy, clockSteps: batch.time.steps, columns })}\n`
}
