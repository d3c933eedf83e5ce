import type { KnownHospital } from '@hygeia/dapp/hospital/known'
import type { Conduct } from '@hygeia/dapp/physician/conduct'
import type { NamedGrant } from '@hygeia/dapp/physician/opening'
import type { Physician } from '@hygeia/dapp/physician/physician'
import type { Address } from '@hygeia/protocol/ids'
import { DAY_MS, HOUR_MS } from '@hygeia/protocol/units'
import type { Feed } from '../../readings/feed.ts'
import { until } from '../../readings/range.ts'
import { isWaveform, Reading } from '../../readings/reading.ts'
import type { BlockCache } from '../../store/block-cache.ts'
import { ReadingsDesk } from '../readings-desk.ts'
import { type Complaint, complaintOf } from '../wire.ts'
import { GrantedSource } from './granted-source.ts'

/** What a list of patients shows is of so long; scores and alarms, which are few, of a day. */
const GLANCE_MS = HOUR_MS

export interface BedDeps {
  readonly physician: () => Promise<Physician>
  readonly hospital: () => Promise<KnownHospital>
  readonly cache: BlockCache
  readonly feed: Feed
  readonly conduct: Conduct
  readonly onChange: () => void
  /** A hospital did not give what was asked for. */
  readonly onRefused: (cause: unknown) => void
}

/** One patient, as far as the grants go that stand. */
export class Bed {
  readonly patient: Address
  readonly desk: ReadingsDesk
  readonly source: GrantedSource
  /** Why the newest could not be had. */
  trouble: Complaint | undefined
  #grants: readonly NamedGrant[]
  readonly #reading: Reading
  readonly #cache: BlockCache
  #opening: Promise<void> | undefined

  constructor(patient: Address, grants: readonly NamedGrant[], deps: BedDeps) {
    const { physician, hospital, cache, feed, conduct, onChange, onRefused } = deps
    this.patient = patient
    this.#grants = grants
    this.#cache = cache
    this.source = new GrantedSource({
      physician,
      grants: () => this.#grants,
      conduct,
      onGiven: () => {
        this.trouble = undefined
      },
      onRefused: (cause) => {
        this.trouble = complaintOf(cause)
        onRefused(cause)
      },
    })
    this.#reading = new Reading({
      source: this.source,
      feed,
      cache,
      onChange,
      onFeed: (_state, cause) => {
        if (cause !== undefined) this.trouble = complaintOf(cause)
        onChange()
      },
      onNotice: () => {},
    })
    this.desk = new ReadingsDesk(this.#reading, hospital)
  }

  get grants(): readonly NamedGrant[] {
    return this.#grants
  }

  get isStoreFull(): boolean {
    return this.#cache.isFull
  }

  /** More is granted than was: what there is of it is opened. */
  async grant(grants: readonly NamedGrant[], now: number): Promise<void> {
    this.#grants = grants
    this.#opening = undefined
    await this.open(now)
  }

  /** Show what is kept here, follow what comes in, and open what a glance needs. */
  async open(now: number): Promise<void> {
    this.#opening ??= this.#open(now)
    await this.#opening
  }

  async recall(now: number): Promise<void> {
    await this.#reading.recall(until(now, DAY_MS))
  }

  /** Nothing of it may be shown any longer. */
  async end(): Promise<void> {
    await this.#reading.end()
    await this.#cache.forget()
  }

  async #open(now: number): Promise<void> {
    await this.recall(now)
    this.#reading.follow()
    try {
      await this.#reading.load(until(now, DAY_MS), (batch) => isGlanced(batch, now))
    } catch (cause) {
      this.#opening = undefined
      this.trouble = complaintOf(cause)
    }
  }
}

/** Whether a glance needs a batch that is listed. */
export function isGlanced(
  { label, to }: { readonly label: string; readonly to: number },
  now: number,
): boolean {
  return label.startsWith('alert/') || (!isWaveform({ label }) && to >= now - GLANCE_MS)
}
