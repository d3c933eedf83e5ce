import type { Clock } from '@hygeia/dapp/clock'
import { HospitalError, isAway } from '@hygeia/dapp/hospital/errors'
import { Conduct } from '@hygeia/dapp/physician/conduct'
import { PhysicianError } from '@hygeia/dapp/physician/errors'
import { type ReceivedGrant, receivedGrants } from '@hygeia/dapp/physician/grants'
import type { TimeRange } from '@hygeia/dapp/physician/library'
import type { NamedGrant } from '@hygeia/dapp/physician/opening'
import type { Physician } from '@hygeia/dapp/physician/physician'
import type { Address, Hex32 } from '@hygeia/protocol/ids'
import { SECOND_MS } from '@hygeia/protocol/units'
import { EventFeed } from '../../readings/event-feed.ts'
import { BlockCache, tidyBlocks } from '../../store/block-cache.ts'
import type { Database } from '../../store/database.ts'
import type { Told } from '../told.ts'
import { complaintOf } from '../wire.ts'
import { Bed, isGlanced } from './bed.ts'
import type { PhysicianMemory } from './memory.ts'
import { WardFeed } from './ward-feed.ts'

export interface WardDeps {
  readonly physician: () => Promise<Physician>
  readonly memory: PhysicianMemory
  readonly database: Database
  readonly entropy: Uint8Array
  readonly clock: Clock
  readonly tell: Told
}

/** Why a patient's readings are no longer shown. */
export interface Gone {
  readonly patient: Address
  readonly why: 'revoked' | 'expired' | 'sealed'
  /** When this page learnt of it, ms since the Unix epoch. */
  readonly at: number
}

/** Ends that are in the grants are looked at so often: no hospital has to say them. */
const LOOK_MS = 2 * SECOND_MS
/** Readings that come together are told of together. */
const TELL_MS = 200
/** The hospital has not said what is granted, or has a grant that the chain does not have yet: asked again. */
const AGAIN_MS = 3 * SECOND_MS
const OVER = ['GRANT_REVOKED', 'GRANT_EXPIRED', 'GRANT_SEALED', 'GRANT_UNKNOWN']

/** All patients who let this physician in, for as long as they do. */
export class Ward {
  readonly #deps: WardDeps
  readonly conduct = new Conduct()
  readonly beds = new Map<Address, Bed>()
  readonly gone = new Map<Address, Gone>()
  /** All that were received, with the chain's word on each; undefined until the hospital was heard. */
  received: readonly ReceivedGrant[] | undefined
  readonly #feed: WardFeed
  /** Until when emergencies that were opened stay open, ms. */
  readonly #emergencyEnds = new Map<Hex32, number>()
  readonly #ended = new AbortController()
  #opening: Promise<void> | undefined
  #refreshing: Promise<void> = Promise.resolve()
  #telling: ReturnType<typeof setTimeout> | undefined

  constructor(deps: WardDeps) {
    this.#deps = deps
    this.#feed = new WardFeed({ physician: deps.physician })
  }

  /** Show what is kept here, then what the hospital has, then what comes in. */
  open(): Promise<void> {
    this.#opening ??= this.#open()
    return this.#opening
  }

  /** @throws {PhysicianError} `NOTHING_GRANTED` when the patient lets nobody in here, or no longer */
  bed(patient: Address | undefined): Bed {
    const bed = patient === undefined ? undefined : this.beds.get(patient)
    if (bed !== undefined) return bed
    throw new PhysicianError('this patient does not let you in', { code: 'NOTHING_GRANTED' })
  }

  /** When access ends, ms since the Unix epoch: by the grant's own word, or with the emergency. */
  endOf({ hash, grant, glass }: NamedGrant): number {
    const { accessTo, emergencyMs } = grant
    if (emergencyMs === undefined) return accessTo
    // Of one that was opened when nobody says so now, it is known when it can have been opened at the latest.
    const end = this.#emergencyEnds.get(hash) ?? (glass?.expires ?? 0) + emergencyMs
    return Math.min(accessTo, end)
  }

  /** Ask anew what is granted. One after the other: what was asked later counts. */
  refresh(): Promise<void> {
    this.#refreshing = this.#refreshing.then(
      () => this.#refresh(),
      () => this.#refresh(),
    )
    return this.#refreshing
  }

  async #open(): Promise<void> {
    const { memory, database, clock } = this.#deps
    const now = clock.now()
    await tidyBlocks(database, now)
    const kept = [...memory.grants.values()].filter((held) => this.endOf(held) > now)
    for (const [patient, grants] of Map.groupBy(kept, ({ grant }) => grant.patient)) {
      const bed = this.#place(patient, grants)
      await bed.recall(now)
    }
    setInterval(() => this.#expire(), LOOK_MS)
    void this.#follow()
    try {
      await this.refresh()
    } catch (cause) {
      // The feed goes on asking and says that nobody answers.
      if (!(cause instanceof HospitalError)) throw cause
    }
  }

  async #refresh(): Promise<void> {
    const { physician, memory, clock } = this.#deps
    const asked = await physician()
    const received = await receivedGrants(asked, this.conduct)
    for (const { hash, grant, state } of received) {
      if (state !== 'active' || grant.emergencyMs === undefined) continue
      const { openedAt } = await asked.hospital.consent.emergencyOf(grant.patient, hash)
      this.#emergencyEnds.set(hash, openedAt * SECOND_MS + grant.emergencyMs)
    }
    this.received = received
    const now = clock.now()
    const active = received
      .filter(({ state, hash }) => state === 'active' && this.#isUsable(hash, received))
      .map(({ hash, grant }) => ({ hash, grant, glass: memory.glasses.get(hash) }))
    await this.#settle(active, received, now)
    if (received.some(({ state }) => state === 'pending')) {
      setTimeout(() => this.#refreshUntilHeard(), AGAIN_MS)
    }
    this.#tellSoon()
  }

  /** An emergency that was opened is answered only with the physician's own word, which only this browser may have. */
  #isUsable(hash: Hex32, received: readonly ReceivedGrant[]): boolean {
    const grant = received.find((one) => one.hash === hash)?.grant
    return grant?.emergencyMs === undefined || this.#deps.memory.glasses.has(hash)
  }

  async #settle(
    active: readonly NamedGrant[],
    received: readonly ReceivedGrant[],
    now: number,
  ): Promise<void> {
    const { memory } = this.#deps
    const byPatient = Map.groupBy(active, ({ grant }) => grant.patient)
    for (const bed of [...this.beds.values()]) {
      const left = byPatient.get(bed.patient) ?? []
      const hasLost = bed.grants.some(({ hash }) => left.every((one) => one.hash !== hash))
      if (!hasLost) continue
      await this.#end(bed)
      if (left.length > 0) continue
      const states = received.filter(({ grant }) => grant.patient === bed.patient).map(({ state }) => state)
      const why = states.includes('revoked') ? 'revoked' : states.includes('sealed') ? 'sealed' : 'expired'
      this.gone.set(bed.patient, { patient: bed.patient, why, at: now })
    }
    for (const [patient, grants] of byPatient) {
      const bed = this.beds.get(patient)
      if (bed === undefined) void this.#place(patient, grants).open(now)
      else if (grants.length > bed.grants.length) void bed.grant(grants, now)
      else void bed.open(now)
    }
    memory.grants.clear()
    for (const held of active) memory.grants.set(held.hash, held)
    await memory.save()
  }

  #place(patient: Address, grants: readonly NamedGrant[]): Bed {
    const { physician, database, entropy } = this.#deps
    const bed = new Bed(patient, grants, {
      physician,
      hospital: async () => (await physician()).hospital,
      cache: new BlockCache(database, entropy, patient),
      feed: this.#feed.of(patient),
      conduct: this.conduct,
      onChange: () => this.#tellSoon(),
      onRefused: (cause) => this.#refused(cause),
    })
    this.beds.set(patient, bed)
    this.gone.delete(patient)
    return bed
  }

  async #end(bed: Bed): Promise<void> {
    this.beds.delete(bed.patient)
    // Said before it is cleared away: nobody asks for it any longer.
    this.#tellSoon()
    await bed.end()
  }

  #refused(cause: unknown): void {
    if (cause instanceof HospitalError && cause.detail.code === 'REFUSED') {
      const { problem } = cause.detail
      if (OVER.includes(problem)) this.#refreshUntilHeard()
    }
    this.#tellSoon()
  }

  /** The hospital's word is enough to show nothing any longer; what the chain says comes after. */
  async #revoked(hash: Hex32): Promise<void> {
    const bed = [...this.beds.values()].find(({ grants }) => grants.some((held) => held.hash === hash))
    if (bed === undefined) return
    const now = this.#deps.clock.now()
    const left = bed.grants.filter((held) => held.hash !== hash)
    if (left.length === 0) this.gone.set(bed.patient, { patient: bed.patient, why: 'revoked', at: now })
    await this.#end(bed)
    if (left.length > 0) void this.#place(bed.patient, left).open(now)
  }

  /** Ask what is granted, again and again until the hospital has said. */
  #refreshUntilHeard(): void {
    this.refresh().catch((cause: unknown) => {
      if (!(cause instanceof HospitalError)) throw cause
      setTimeout(() => this.#refreshUntilHeard(), AGAIN_MS)
    })
  }

  #expire(): void {
    const { clock } = this.#deps
    const now = clock.now()
    const isOver = [...this.beds.values()].some(({ grants }) =>
      grants.some((held) => this.endOf(held) <= now),
    )
    if (isOver) void this.#expireNow(now)
  }

  async #expireNow(now: number): Promise<void> {
    for (const bed of [...this.beds.values()]) {
      const left = bed.grants.filter((held) => this.endOf(held) > now)
      if (left.length === bed.grants.length) continue
      if (left.length === 0) this.gone.set(bed.patient, { patient: bed.patient, why: 'expired', at: now })
      await this.#end(bed)
      if (left.length > 0) void this.#place(bed.patient, left).open(now)
    }
    this.#refreshUntilHeard()
  }

  async #follow(): Promise<void> {
    const { physician, clock, tell } = this.#deps
    const feed = new EventFeed({
      source: { list: (range) => this.#glanced(range) },
      clock,
      account: async () => (await physician()).account,
    })
    await feed.follow(
      {
        onBatches: (batches) => {
          this.#feed.tell(batches).catch((cause: unknown) => {
            tell('feed', { state: 'away', at: clock.now(), cause: complaintOf(cause) })
          })
        },
        onAnchored: (cids) => this.#feed.tellAnchored(cids),
        onChange: (what, grant) => {
          tell('notice', { what })
          if (grant === undefined) return
          if (grant.standing === 'revoked') void this.#revoked(grant.hash)
          this.#refreshUntilHeard()
        },
        onState: (state, cause) => {
          const said = cause !== undefined && { cause: complaintOf(cause) }
          tell('feed', { state, at: clock.now(), ...said })
        },
      },
      this.#ended.signal,
    )
  }

  async *#glanced(range: TimeRange) {
    // Told anew from the begin: so is what was granted and taken back meanwhile.
    await this.refresh()
    const now = this.#deps.clock.now()
    for (const { source } of this.beds.values()) {
      try {
        for await (const chunk of source.list(range)) yield chunk.filter((batch) => isGlanced(batch, now))
      } catch (cause) {
        if (isAway(cause)) throw cause
      }
    }
  }

  #tellSoon(): void {
    if (this.#telling !== undefined) return
    this.#telling = setTimeout(() => {
      this.#telling = undefined
      const isStoreFull = [...this.beds.values()].some((bed) => bed.isStoreFull)
      this.#deps.tell('readings', { isStoreFull })
    }, TELL_MS)
  }
}
