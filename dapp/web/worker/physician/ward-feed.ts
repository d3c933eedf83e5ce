import type { ListedBatch } from '@hygeia/dapp/hospital/answers'
import type { Physician } from '@hygeia/dapp/physician/physician'
import type { Address } from '@hygeia/protocol/ids'
import type { Feed, FeedListener } from '../../readings/feed.ts'

export interface WardFeedDeps {
  readonly physician: () => Promise<Physician>
}

/** One hospital tells of all patients of a physician: each is told of their own. */
export class WardFeed {
  readonly #deps: WardFeedDeps
  readonly #listeners = new Map<Address, FeedListener>()
  /** The chain's word on whose a device is. */
  readonly #patients = new Map<Address, Promise<Address>>()

  constructor(deps: WardFeedDeps) {
    this.#deps = deps
  }

  /** What is told of one patient. */
  of(patient: Address): Feed {
    return {
      follow: async (listener, signal) => {
        this.#listeners.set(patient, listener)
        const { promise, resolve } = Promise.withResolvers<void>()
        signal.addEventListener('abort', () => resolve(), { once: true })
        if (!signal.aborted) await promise
        if (this.#listeners.get(patient) === listener) this.#listeners.delete(patient)
      },
    }
  }

  /** @throws {HospitalError} when the chain cannot be asked whose a device is */
  async tell(batches: readonly ListedBatch[]): Promise<void> {
    const devices = new Set(batches.map(({ device }) => device))
    const patients = new Map(
      await Promise.all([...devices].map(async (device) => [device, await this.#patientOf(device)] as const)),
    )
    for (const [patient, own] of Map.groupBy(batches, ({ device }) => patients.get(device))) {
      if (patient !== undefined) this.#listeners.get(patient)?.onBatches(own)
    }
  }

  tellAnchored(cids: readonly string[]): void {
    for (const listener of this.#listeners.values()) listener.onAnchored(cids)
  }

  #patientOf(device: Address): Promise<Address> {
    const asked = this.#patients.get(device) ?? this.#ask(device)
    this.#patients.set(device, asked)
    asked.catch(() => this.#patients.delete(device))
    return asked
  }

  async #ask(device: Address): Promise<Address> {
    const { hospital } = await this.#deps.physician()
    return (await hospital.directory.device(device)).patient
  }
}
