import { hospitalChain } from '@hygeia/dapp/chain/provider'
import { HospitalClient } from '@hygeia/dapp/hospital/client'
import { HospitalError, isAway } from '@hygeia/dapp/hospital/errors'
import { type KnownHospital, know, Pinned, recall } from '@hygeia/dapp/hospital/known'
import { statedAddresses } from '@hygeia/dapp/hospital/stated'
import type { Fetch } from '@hygeia/dapp/hospital/transport'
import { within } from '@hygeia/dapp/hospital/within'
import { address, hex32, hexOfBytes } from '@hygeia/dapp/schema'
import { type Address, fromHex, toHex } from '@hygeia/protocol/ids'
import type { Realm } from '@hygeia/protocol/typed-data/domain'
import { z } from 'zod'
import type { Kept } from '../store/kept.ts'

/** What is remembered of each hospital: enough to deal to it, and to name it, while it is away. */
export const RememberedHospitals = z
  .array(
    z.strictObject({
      api: z.url({ protocol: /^https$/ }).max(256),
      pinned: Pinned,
      receiptKey: address,
      proxyKey: hexOfBytes(33),
      caHash: hex32,
    }),
  )
  .max(64)
type Remembered = z.infer<typeof RememberedHospitals>[number]

/** The hospitals of a consortium as this browser gets to them. */
export interface Reached {
  /** The one that served this page; while it is away, another. */
  readonly home: KnownHospital
  readonly others: readonly KnownHospital[]
  /** Stated by the home hospital, and never reached from here. */
  readonly unreached: readonly Address[]
}

export interface ConsortiumDeps {
  /** The hospital that served this page. */
  readonly client: HospitalClient
  readonly fetch: Fetch
  readonly pinned: Kept<typeof Pinned>
  readonly remembered: Kept<typeof RememberedHospitals>
}

/** A hospital says who it is in a fraction of that. */
const KNOW_LIMIT_MS = 6_000

/**
 * Find the hospital that served this page and the others of its consortium: each by its own signed word, on the same
 * chain, with the keys that the chain holds of it. The chain is seen through whichever of them answers.
 *
 * @throws {HospitalError} `REALM_CHANGED` or `KEY_SUBSTITUTED` of the home hospital; when it is away and no other stands in
 */
export async function reachConsortium({
  client,
  fetch,
  pinned,
  remembered,
}: ConsortiumDeps): Promise<Reached> {
  const held = (await remembered.read()) ?? []
  const base = client.transport.base
  const others = held.filter(({ api }) => api !== base)
  const clients = new Map(others.map(({ api }) => [api, new HospitalClient({ base: api, fetch })]))
  const doors = [client, ...clients.values()].map(({ transport }) => transport)
  let chain: ReturnType<typeof hospitalChain> | undefined
  const provider = ({ chainId }: Pick<Realm, 'chainId'>) => {
    chain ??= hospitalChain(doors, chainId)
    return chain
  }
  const meeting = others.map(async (other) => {
    const met = clients.get(other.api) ?? new HospitalClient({ base: other.api, fetch })
    try {
      return await knowOrRecall(met, other, provider)
    } catch (cause) {
      if (cause instanceof HospitalError) return undefined
      throw cause
    }
  })
  const asking = within(KNOW_LIMIT_MS, base, async () =>
    know(client, { pinned: await pinned.read(), provider }),
  )
  const [home, ...met] = await Promise.all([asking.catch(whyAway), ...meeting])
  const known = met.filter((one) => one !== undefined)
  if (home === undefined) throw new Error('unreachable: the home hospital was asked')
  if ('cause' in home)
    return standIn(home.cause, known, { client, former: held.find(({ api }) => api === base) })
  await unlessFull(pinned.write(home.pinned))
  const { found, unreached } = await discover(home, known, fetch)
  await unlessFull(remembered.write([home, ...known, ...found].map(memoryOf)))
  return { home, others: [...known, ...found], unreached }
}

/** A browser without room remembers nothing new, and goes on. */
async function unlessFull(writing: Promise<void>): Promise<void> {
  await writing.catch((cause: unknown) => {
    if (!(cause instanceof DOMException && cause.name === 'QuotaExceededError')) throw cause
  })
}

/** @throws whatever says something else than that nobody is there */
function whyAway(cause: unknown): { readonly cause: unknown } {
  if (!isAway(cause)) throw cause
  return { cause }
}

/** Another in place of the home hospital, which is then dealt to and named as any other that is away. */
async function standIn(
  cause: unknown,
  known: readonly KnownHospital[],
  { client, former }: { readonly client: HospitalClient; readonly former: Remembered | undefined },
): Promise<Reached> {
  const home = known.find(({ client: there }) => !there.wasAway)
  if (home === undefined) throw cause
  const rest = known.filter((one) => one !== home)
  const recalled = former === undefined ? [] : [await recallAt(client, former, home.provider)]
  return { home, others: [...rest, ...recalled], unreached: [] }
}

/** @throws {HospitalError} when it is another than it was, or nobody shows the chain */
async function knowOrRecall(
  client: HospitalClient,
  other: Remembered,
  provider: (realm: Pick<Realm, 'chainId'>) => ReturnType<typeof hospitalChain>,
): Promise<KnownHospital> {
  const { pinned } = other
  try {
    return await within(KNOW_LIMIT_MS, other.api, () => know(client, { pinned, provider }))
  } catch (cause) {
    if (!isAway(cause)) throw cause
    return recallAt(client, other, provider(pinned))
  }
}

function recallAt(
  client: HospitalClient,
  { pinned, proxyKey, ...keys }: Remembered,
  provider: KnownHospital['provider'],
) {
  return recall(client, { pinned, proxyKey: fromHex(proxyKey), ...keys }, provider)
}

/** Hospitals that were not known yet, or have moved, in the order in which they are stated. */
async function discover(home: KnownHospital, met: readonly KnownHospital[], fetch: Fetch) {
  const unreached: Address[] = []
  const fresh = (await statedAddresses(home)).filter(
    ({ hospital }) => !met.some((known) => known.hospital === hospital),
  )
  const found = await Promise.all(
    fresh.map(async ({ hospital, api }) => {
      try {
        const client = new HospitalClient({ base: api, fetch })
        const pinned = { ...home.pinned, hospital }
        const asking = () => know(client, { pinned, provider: () => home.provider })
        return await within(KNOW_LIMIT_MS, api, asking)
      } catch (cause) {
        if (!(cause instanceof HospitalError)) throw cause
        // It is asked for again at the next visit.
        unreached.push(hospital)
        return undefined
      }
    }),
  )
  return { found: found.filter((one) => one !== undefined), unreached }
}

function memoryOf({ client, pinned, receiptKey, proxyKey, caHash }: KnownHospital): Remembered {
  return { api: client.transport.base, pinned, receiptKey, proxyKey: toHex(proxyKey), caHash }
}
