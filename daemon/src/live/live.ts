import { randomBytes } from 'node:crypto'
import type { Address, Hex32 } from '@hygeia/protocol/ids'
import type { Service } from '@hygeia/runtime/lifecycle'
import type { ListedBatch, LiveEvent, LivePort } from '../api/ports.ts'
import { NumberedRing } from './ring.ts'

/** What a batch is listed as, apart from whether it is anchored. */
type Seen = Omit<ListedBatch, 'state'>

export interface LiveOptions {
  /** Batches, and other events, that are kept for those who come back; 32,768 unless told. */
  readonly limit?: number
}

export interface LiveDeps {
  readonly store: {
    onNew(listener: (batches: readonly (Seen & { readonly isAnchored: boolean })[]) => void): () => void
  }
  readonly receipts: {
    onIssued(
      listener: (issue: {
        readonly anchor: { readonly blockNumber: number }
        readonly devices: readonly Address[]
        batchesOf(device: Address): readonly Seen[]
      }) => void,
    ): () => void
  }
  readonly grants: {
    onChange(
      listener: (change: {
        readonly hash: Hex32
        readonly patient: Address
        readonly physician: Address
        readonly standing: 'active' | 'sealed' | 'revoked' | 'expired'
      }) => void,
    ): () => void
  }
  readonly audit: { onEntry(listener: (patient: Address) => void): () => void }
  readonly devices: { device(address: Address): { readonly patient: Address } | undefined }
}

/** Batches named in one event; more go in several. */
const ANCHORED_AT_ONCE = 1_000
const weightOf = (event: LiveEvent) => (event.kind === 'anchored' ? event.batches.length : 1)

/** What happens at this hospital, for whoever watches: kept a while in memory, and read by each at their own pace. */
export class Live implements Service, LivePort {
  readonly #deps: LiveDeps
  readonly #ring: NumberedRing<LiveEvent>
  /** Numbers of another life of this process mean nothing in this one. */
  readonly life = randomBytes(6).toString('hex')
  #unlisten: (() => void)[] = []

  constructor({ limit = 32_768 }: LiveOptions, deps: LiveDeps) {
    this.#deps = deps
    this.#ring = new NumberedRing(limit, weightOf)
  }

  async start(): Promise<void> {
    const { store, receipts, grants, audit, devices } = this.#deps
    const patientOf = (device: Address) => devices.device(device)?.patient
    this.#unlisten = [
      store.onNew((batches) => {
        for (const batch of batches) {
          const patient = patientOf(batch.device)
          const state = batch.isAnchored ? 'anchored' : 'stored'
          if (patient !== undefined) {
            this.#ring.add({ kind: 'batch', patient, batch: { ...slim(batch), state } })
          }
        }
      }),
      receipts.onIssued(({ anchor, devices: held, batchesOf }) => {
        for (const device of held) {
          const patient = patientOf(device)
          if (patient === undefined) continue
          const all = batchesOf(device)
          for (let from = 0; from < all.length; from += ANCHORED_AT_ONCE) {
            const batches = all
              .slice(from, from + ANCHORED_AT_ONCE)
              .map((batch) => ({ ...slim(batch), state: 'anchored' as const }))
            this.#ring.add({ kind: 'anchored', patient, block: anchor.blockNumber, batches })
          }
        }
      }),
      grants.onChange((change) => this.#ring.add({ kind: 'grant', ...change })),
      audit.onEntry((patient) => this.#ring.add({ kind: 'audit', patient })),
    ]
  }

  async stop(): Promise<void> {
    for (const unlisten of this.#unlisten) unlisten()
    this.#unlisten = []
  }

  get first(): number {
    return this.#ring.first
  }

  get last(): number {
    return this.#ring.last
  }

  get(number: number): LiveEvent | undefined {
    return this.#ring.get(number)
  }

  onAdded(wake: () => void): () => void {
    return this.#ring.onAdded(wake)
  }
}

/** The fields that are listed, and memory of their own: what they were read from is let go of. */
function slim({ device, digest, label, incarnation, sequence, from, to, isDated, priority }: Seen): Seen {
  const own = Uint8Array.from(digest)
  return { device, digest: own, label, incarnation, sequence, from, to, isDated, priority }
}
