import type { Address } from '../ids.ts'
import type { UnixMs } from '../units.ts'
import { type ExportedBatch, observationsOf } from './observation.ts'
import { identifierOf, referenceTo, urnOf } from './pseudonym.ts'
import type { Bundle, BundleEntry, Reference } from './resources.ts'

/**
 * Readings as entries of a Bundle, each Patient and Device before the first Observation that names it. The same
 * batches give the same `fullUrl`s whenever they are exported.
 *
 * A generator, because a day of four 1 Hz channels is a third of a million Observations.
 */
export function* bundleEntries(batches: Iterable<ExportedBatch>): Generator<BundleEntry> {
  const named = new Set<string>()
  for (const exported of batches) {
    const { patient, device } = exported
    for (const entry of [accountEntry('Patient', patient), accountEntry('Device', device)]) {
      if (!named.has(entry.fullUrl)) yield entry
      named.add(entry.fullUrl)
    }
    let index = 0
    for (const resource of observationsOf(exported)) {
      yield { fullUrl: urnOf(`Observation/${batchName(exported)}/${index++}`), resource }
    }
  }
}

/** @param at - when the Bundle is made */
export function bundleOf(batches: Iterable<ExportedBatch>, at: UnixMs): Bundle {
  return {
    resourceType: 'Bundle',
    type: 'collection',
    timestamp: new Date(at).toISOString(),
    entry: [...bundleEntries(batches)],
  }
}

function accountEntry(type: Reference['type'], account: Address): BundleEntry {
  const resource = { resourceType: type, identifier: [identifierOf(account)] }
  return { fullUrl: referenceTo(type, account).reference, resource }
}

/** What tells one batch of a device from all others, also where no CID is known. */
function batchName({ device, batch, cid }: ExportedBatch): string {
  const first = batch.columns.map(({ channel, samples }) => `${channel}@${samples[0]?.at}`)
  return cid ?? [device, batch.time.boot, ...first].join('/')
}
