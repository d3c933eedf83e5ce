import { hostClock } from '@hygeia/dapp/clock'
import { HospitalClient } from '@hygeia/dapp/hospital/client'
import { type KnownHospital, know, meet, Pinned } from '@hygeia/dapp/hospital/known'
import type { Fetch } from '@hygeia/dapp/hospital/transport'
import type { Database } from '../store/database.ts'
import { Kept } from '../store/kept.ts'

/** The hospital that served this page, pinned at the first visit. */
export class HomeHospital {
  readonly #pinned: Kept<typeof Pinned>
  readonly #client: HospitalClient
  #known: Promise<KnownHospital> | undefined
  /** By how much this machine's clock is ahead of the hospital's, ms; as precise as a second. */
  clockAheadMs: number | undefined

  constructor(database: Database, base: string) {
    this.#pinned = new Kept(database, 'hospital', Pinned)
    this.#client = new HospitalClient({ base, fetch: this.#fetch })
  }

  /**
   * Once known, it is not asked again.
   *
   * @throws {HospitalError} `REALM_CHANGED` or `KEY_SUBSTITUTED`, or when it is away
   */
  known(): Promise<KnownHospital> {
    const asked = this.#known ?? this.#ask()
    this.#known = asked
    asked.catch(() => {
      if (this.#known === asked) this.#known = undefined
    })
    return asked
  }

  /**
   * Who it is, with nothing asked of its chain.
   *
   * @throws {HospitalError} `REALM_CHANGED`, or when it is away
   */
  async met(): Promise<{ readonly client: HospitalClient; readonly pinned: Pinned }> {
    const { pinned } = await meet(this.#client, await this.#pinned.read())
    await this.#pinned.write(pinned)
    return { client: this.#client, pinned }
  }

  async #ask(): Promise<KnownHospital> {
    const known = await know(this.#client, { pinned: await this.#pinned.read() })
    await this.#pinned.write(known.pinned)
    return known
  }

  readonly #fetch: Fetch = async (url, init) => {
    const response = await fetch(url, init)
    const said = Date.parse(response.headers.get('date') ?? '')
    if (!Number.isNaN(said)) this.clockAheadMs = hostClock.now() - said
    return response
  }
}
