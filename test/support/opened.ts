import { openGrant } from '@hygeia/dapp/physician/open'
import type { Physician } from '@hygeia/dapp/physician/physician'
import { channelNamed } from '@hygeia/protocol/channel'
import type { Grant } from '@hygeia/protocol/grant/grant'
import type { Hex32 } from '@hygeia/protocol/ids'
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

/** Open all of a grant's data in `range` as the physician would. */
export async function openReadings(
  physician: Physician,
  held: { readonly hash: Hex32; readonly grant: Grant },
  range: { readonly from: UnixMs; readonly to: UnixMs },
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
    for (const { channel, samples } of opened.batch.columns) {
      if (channel === ALARM) continue
      for (const sample of samples) {
        const name = nameOfReading(device, channel, (sample.at + opened.offsetMs) as UnixMs)
        if (values.has(name)) doubled.push(name)
        values.set(name, sample.value ?? sample.missing)
      }
    }
  }
  return { values, doubled, faults, sequences, capsules: capsules.size, cids, named }
}
