import { type OpenRange, openGrant } from '@hygeia/dapp/physician/open'
import type { NamedGrant, OpenedBatch } from '@hygeia/dapp/physician/opening'
import type { Physician } from '@hygeia/dapp/physician/physician'
import { type Category, channelNamed } from '@hygeia/protocol/channel'
import { parseLabel } from '@hygeia/protocol/label'
import { formatCid } from '@hygeia/protocol/sealed/cid'
import type { UnixMs } from '@hygeia/protocol/units'
import { nameOfReading, type Reading } from './readings.ts'

/** Made at the bed from the readings: no chip has said it. */
const ALARM = channelNamed('alarm').name

/** Every reading that a grant opens, as the physician has it. */
export interface OpenedReadings {
  readonly values: ReadonlyMap<string, Reading>
  /** Names of readings that came more than once. */
  readonly doubled: readonly string[]
  /** Batches that were listed and could not be opened, by why. */
  readonly faults: readonly string[]
  /** Device, incarnation and sequence of every batch. */
  readonly sequences: readonly string[]
  readonly capsules: number
  readonly cids: ReadonlySet<string>
  /** CIDs that a batch names as the one before it. */
  readonly named: ReadonlySet<string>
}

/** Every reading of a batch, by name. */
export function* readingsIn({
  header: { device },
  batch,
  offsetMs,
}: Pick<OpenedBatch, 'header' | 'batch' | 'offsetMs'>): Generator<readonly [name: string, reading: Reading]> {
  for (const { channel, samples } of batch.columns) {
    if (channel === ALARM) continue
    for (const sample of samples) {
      yield [nameOfReading(device, channel, (sample.at + offsetMs) as UnixMs), sample.value ?? sample.missing]
    }
  }
}

/** Few enough batches to have them all at once, in the order in which the physician has them, and why others do not open. */
export async function openBatches(
  physician: Physician,
  held: NamedGrant,
  range: OpenRange,
): Promise<{ readonly batches: readonly OpenedBatch[]; readonly faults: readonly string[] }> {
  const batches: OpenedBatch[] = []
  const faults: string[] = []
  for await (const opened of openGrant(physician, held, range)) {
    if (opened.fault === undefined) batches.push(opened)
    else faults.push(`${opened.cid} ${opened.fault.code}`)
  }
  return { batches, faults }
}

export const ofCategory = (category: Category, batches: readonly OpenedBatch[]): readonly OpenedBatch[] =>
  batches.filter(({ header }) => parseLabel(header.label).category === category)

/** Open all of a grant's data in `range` as the physician would. */
export async function openReadings(
  physician: Physician,
  held: NamedGrant,
  range: OpenRange,
): Promise<OpenedReadings> {
  const values = new Map<string, Reading>()
  const doubled: string[] = []
  const faults: string[] = []
  const sequences: string[] = []
  const capsules = new Set<string>()
  const cids = new Set<string>()
  const named = new Set<string>()
  for await (const opened of openGrant(physician, held, range)) {
    if (opened.fault !== undefined) {
      faults.push(`${opened.cid} ${opened.fault.code}`)
      continue
    }
    const { device, incarnation, sequence, capsule, prev } = opened.header
    cids.add(opened.cid)
    if (prev !== undefined) named.add(formatCid(prev))
    sequences.push(`${device} ${incarnation} ${sequence}`)
    capsules.add(Buffer.from(capsule).toString('hex'))
    for (const [name, reading] of readingsIn(opened)) {
      if (values.has(name)) doubled.push(name)
      values.set(name, reading)
    }
  }
  return { values, doubled, faults, sequences, capsules: capsules.size, cids, named }
}
