import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex } from '@noble/hashes/utils.js'
import type { Channel } from '../channel.ts'
import type { MonotonicMs } from '../units.ts'
import type { ExportedBatch } from './observation.ts'

/** Hex digits of a batch's name in the ids of its Observations: 128 bits. */
const NAME_DIGITS = 32

/** What the ids of all Observations of a batch begin with. */
export function observationPrefix(exported: ExportedBatch): string {
  return bytesToHex(sha256(new TextEncoder().encode(batchName(exported)))).slice(0, NAME_DIGITS)
}

/**
 * Ids of the Observations of a batch, `batch-channel-instant`: of the batch's CID, so that a reading has the same id
 * in the export of an hour and in that of a week. Of several at one instant the later ones are numbered.
 */
export function observationIds(exported: ExportedBatch): (channel: Channel, at: MonotonicMs) => string {
  const prefix = observationPrefix(exported)
  let last = ''
  let times = 1
  return ({ id }, at) => {
    const name = `${prefix}-${id}-${at.toString(36)}`
    times = name === last ? times + 1 : 1
    last = name
    return times === 1 ? name : `${name}-${times}`
  }
}

/** What tells one batch of a device from all others, also where no CID is known. */
function batchName({ device, batch, cid }: ExportedBatch): string {
  const first = batch.columns.map(({ channel, samples }) => `${channel}@${samples[0]?.at}`)
  return cid ?? [device, batch.time.boot, ...first].join('/')
}
