import { hostClock } from '@hygeia/dapp/clock'
import { HospitalClient } from '@hygeia/dapp/hospital/client'
import { type KnownHospital, Pinned } from '@hygeia/dapp/hospital/known'
import type { Fetch } from '@hygeia/dapp/hospital/transport'
import type { Realm } from '@hygeia/protocol/typed-data/domain'
import type { Database } from '../store/database.ts'
import { Kept } from '../store/kept.ts'
import { type Reached, RememberedHospitals, reachConsortium } from './consortium.ts'

/** The hospital that served this page, pinned at the first visit, with the others of its consortium. */
export class HomeHospital {
  readonly #pinned: Kept<typeof Pinned>
  readonly #remembered: Kept<typeof RememberedHospitals>
  readonly #client: HospitalClient
  #reached: Promise<Reached> | undefined
  /** By how much this machine's clock is ahead of the hospital's, ms; as precise as a second. */
  clockAheadMs: number | undefined

  constructor(database: Database, base: string) {
    this.#pinned = new Kept(database, 'hospital', Pinned)
    this.#remembered = new Kept(database, 'hospitals', RememberedHospitals)
    this.#client = new HospitalClient({ base, fetch: this.#fetch })
  }

  /**
   * The hospital to ask first: the one that served this page, or one that stands in for it while it is away.
   *
   * @throws {HospitalError} `REALM_CHANGED` or `KEY_SUBSTITUTED`, or when all are away
   */
  async known(): Promise<KnownHospital> {
    return (await this.reached()).home
  }

  /** All hospitals within reach; once known, they are not asked again. */
  reached(): Promise<Reached> {
    const fetch: Fetch = (url, init) => self.fetch(url, init)
    const asked =
      this.#reached ??
      reachConsortium({ client: this.#client, fetch, pinned: this.#pinned, remembered: this.#remembered })
    this.#reached = asked
    asked.catch(() => {
      if (this.#reached === asked) this.#reached = undefined
    })
    return asked
  }

  /** Of the chain that this browser knows the hospital by; after the first visit without asking it. */
  async realm(): Promise<Realm> {
    const pinned = await this.#pinned.read()
    if (pinned === undefined) return (await this.known()).realm
    const { hospital: _, ...realm } = pinned
    return realm
  }

  readonly #fetch: Fetch = async (url, init) => {
    const response = await fetch(url, init)
    const said = Date.parse(response.headers.get('date') ?? '')
    if (!Number.isNaN(said)) this.clockAheadMs = hostClock.now() - said
    return response
  }
}
