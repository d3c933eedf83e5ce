import type { UnixMs } from '../units.ts'
import { deviceOf, patientOf } from './accounts.ts'
import { type ExportedBatch, observationsOf } from './observation.ts'
import { inBundle } from './pseudonym.ts'
import type { Bundle, BundleEntry, Device, Observation, Patient, Resource } from './resources.ts'

type Reading = Observation | Patient | Device

/** A resource under the name by which the others of its Bundle point to it. */
export function entryOf<R extends Resource>(resource: R): BundleEntry<R> {
  return { fullUrl: inBundle(`${resource.resourceType}/${resource.id}`), resource }
}

/**
 * Readings as entries of a Bundle, each Patient and Device before the first Observation that names it. The same
 * batches give the same `fullUrl`s whenever they are exported.
 *
 * A generator, because a day of four 1 Hz channels is a third of a million Observations.
 */
export function* bundleEntries(batches: Iterable<ExportedBatch>): Generator<BundleEntry<Reading>> {
  const named = new Set<string>()
  for (const exported of batches) {
    const { patient, device } = exported
    for (const entry of [entryOf(patientOf(patient)), entryOf(deviceOf(device, patient, inBundle))]) {
      if (!named.has(entry.fullUrl)) yield entry
      named.add(entry.fullUrl)
    }
    for (const resource of observationsOf(exported, inBundle)) yield entryOf(resource)
  }
}

/** @param at - when the Bundle is made */
export function bundleOf(batches: Iterable<ExportedBatch>, at: UnixMs): Bundle<Reading> {
  return {
    resourceType: 'Bundle',
    type: 'collection',
    timestamp: new Date(at).toISOString(),
    entry: [...bundleEntries(batches)],
  }
}
