import type { Clock } from '@hygeia/dapp/clock'
import type { ListedBatch } from '@hygeia/dapp/hospital/answers'
import { OwnReading } from '@hygeia/dapp/patient/open'
import { EventFeed } from '../readings/event-feed.ts'
import { Reading } from '../readings/reading.ts'
import type { Source } from '../readings/source.ts'
import { BlockCache, tidyBlocks } from '../store/block-cache.ts'
import type { Database } from '../store/database.ts'
import type { PatientDesk } from './patient-desk.ts'
import { ReadingsDesk } from './readings-desk.ts'
import type { Told } from './told.ts'
import type { Open } from './vault.ts'
import { complaintOf } from './wire.ts'

/** The patient's own batches, from a hospital that may be away when this is made. */
class OwnSource implements Source {
  readonly #desk: PatientDesk
  #own: OwnReading | undefined

  constructor(desk: PatientDesk) {
    this.#desk = desk
  }

  async *list(range: Parameters<Source['list']>[0]) {
    yield* (await this.#reading()).list(range)
  }

  async *open(listed: readonly ListedBatch[]) {
    yield* (await this.#reading()).open(listed)
  }

  async #reading(): Promise<OwnReading> {
    this.#own ??= new OwnReading(await this.#desk.patient())
    return this.#own
  }
}

export async function openOwnReadings(
  desk: PatientDesk,
  { entropy, identity }: Open,
  database: Database,
  { clock, tell }: { readonly clock: Clock; readonly tell: Told },
): Promise<ReadingsDesk> {
  const source = new OwnSource(desk)
  const cache = new BlockCache(database, entropy, identity.signer.address)
  await tidyBlocks(database, clock.now())
  const reading = new Reading({
    source,
    feed: new EventFeed({ source, clock, account: async () => (await desk.patient()).account }),
    cache,
    onChange: () => tell('readings', { isStoreFull: cache.isFull }),
    onFeed: (state, cause) =>
      tell('feed', { state, at: clock.now(), ...(cause !== undefined && { cause: complaintOf(cause) }) }),
    onNotice: (what) => tell('notice', { what }),
  })
  return new ReadingsDesk(reading, async () => (await desk.patient()).hospital)
}
