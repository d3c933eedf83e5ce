import { fromHex, toHex } from '@hygeia/protocol/ids'
import type { Realm } from '@hygeia/protocol/typed-data/domain'
import type { JsonRpcApiProvider } from 'ethers'
import type { LateDoor } from '../../src/chain/late-doors.ts'
import { hospitalChain } from '../../src/chain/provider.ts'
import { HospitalClient } from '../../src/hospital/client.ts'
import { HospitalError, isAway } from '../../src/hospital/errors.ts'
import { type KnownHospital, know, type Pinned, recall } from '../../src/hospital/known.ts'
import { statedAddresses } from '../../src/hospital/stated.ts'
import type { Transport } from '../../src/hospital/transport.ts'
import { within } from '../../src/hospital/within.ts'
import { HostError, usage } from './errors.ts'
import type { Folder, OtherHospital, Profile } from './folder.ts'
import { caDigest, findCa, pinnedFetch } from './pinned-fetch.ts'
import type { Terminal } from './terminal.ts'

export interface ConsortiumOptions {
  /** HTTPS origin, from the command line. */
  readonly named: string | undefined
  /** PEM file or SHA-256, from the command line. */
  readonly ca: string | undefined
}

export interface ConsortiumDeps {
  readonly folder: Folder
  readonly terminal: Terminal
  /** Where to see the chain, if not through the hospitals. */
  readonly provider: ((realm: Realm) => JsonRpcApiProvider) | undefined
  /** Aborts when the command is over. */
  readonly ended: AbortSignal
}

/** Hospitals to talk to. Those that are away are among the others, known from earlier. */
export interface Reached {
  readonly home: KnownHospital
  readonly others: readonly KnownHospital[]
}

/** A hospital says who it is in a fraction of that. */
const KNOW_LIMIT_MS = 6_000

/** The hospitals of this profile: remembered from the first visit on, and found through each other's signed words. */
export class Consortium {
  readonly #options: ConsortiumOptions
  readonly #deps: ConsortiumDeps
  #reached: Promise<Reached> | undefined

  constructor(options: ConsortiumOptions, deps: ConsortiumDeps) {
    this.#options = options
    this.#deps = deps
  }

  /**
   * The hospital that was named, or else the remembered one; when that is away, another that is not.
   *
   * @throws {HospitalError} `REALM_CHANGED` when it is another than at the first visit
   */
  reach(): Promise<Reached> {
    this.#reached ??= this.#reach()
    return this.#reached
  }

  /** Take up another hospital of the same consortium. @param named - its CA: PEM file or SHA-256 */
  async add(base: string, named: string): Promise<KnownHospital> {
    const { home } = await this.reach()
    const ca = await findCa(named, base)
    const known = await this.#known(base, ca, home)
    await this.#remember([{ known, ca }])
    return known
  }

  /** @returns false when no such hospital was remembered */
  async forget(base: string): Promise<boolean> {
    const profile = await this.#deps.folder.profile()
    if (profile === undefined) return false
    const others = profile.others.filter(({ hospital }) => hospital !== base)
    await this.#deps.folder.putProfile({ ...profile, others })
    return others.length < profile.others.length
  }

  async #reach(): Promise<Reached> {
    const { folder } = this.#deps
    const remembered = await folder.profile()
    const base = this.#options.named ?? remembered?.hospital
    if (base === undefined) throw usage('name the hospital once: --hospital https://… --ca FILE or SHA-256')
    const isSame = remembered?.hospital === base
    const ca = await this.#ca(base, isSame ? remembered : undefined)
    const kept = isSame ? remembered.others : []
    const transports = [
      this.#client(base, ca).transport,
      ...kept.map((other) => this.#client(other.hospital, other.ca).transport),
    ]
    const provider = this.#deps.provider ?? sharedChain(transports, (late) => this.#tellLate(late))
    const asked = kept.map((other) => this.#meet(other, provider))
    const home = await this.#home(base, ca, isSame ? remembered.pinned : undefined, provider).catch(
      (cause: unknown) => cause,
    )
    const others = (await Promise.all(asked)).filter((known) => known !== undefined)
    if (isKnown(home)) {
      if (!isSame || remembered.keys === undefined) {
        const { pinned } = home
        await folder.putProfile({ version: 1, hospital: base, ca, pinned, keys: keysOf(home), others: kept })
      }
      return { home, others: [...others, ...(await this.#discover(home, kept))] }
    }
    const stand = others.find(({ client }) => !client.wasAway)
    if (!isAway(home) || stand === undefined) throw home
    this.#deps.terminal.warn(`${base} is away: going on through ${stand.client.transport.base}`)
    const left = others.filter((other) => other !== stand)
    // It is dealt to, and named, as any other that is away.
    const { pinned, keys } = remembered ?? {}
    const former = pinned && keys && { hospital: base, ca, pinned, ...keys }
    return { home: stand, others: former ? [...left, await this.#recall(former, stand.provider)] : left }
  }

  #recall({ hospital, ca, pinned, proxyKey, ...keys }: OtherHospital, provider: JsonRpcApiProvider) {
    return recall(this.#client(hospital, ca), { pinned, proxyKey: fromHex(proxyKey), ...keys }, provider)
  }

  async #home(
    base: string,
    ca: string,
    pinned: Pinned | undefined,
    provider: (realm: Realm) => JsonRpcApiProvider,
  ): Promise<KnownHospital> {
    const client = this.#client(base, ca)
    const known = await within(KNOW_LIMIT_MS, base, () => know(client, { pinned, provider }))
    checkCa(known, ca)
    return known
  }

  /** A hospital that is remembered; also while it is away. @returns undefined when it is not what it was */
  async #meet(
    other: OtherHospital,
    provider: (realm: Realm) => JsonRpcApiProvider,
  ): Promise<KnownHospital | undefined> {
    const { pinned, ca } = other
    try {
      return await this.#home(other.hospital, ca, pinned, provider).catch((cause: unknown) => {
        if (!isAway(cause)) throw cause
        const { hospital: _, ...realm } = pinned
        return this.#recall(other, provider(realm))
      })
    } catch (cause) {
      if (!(cause instanceof HospitalError)) throw cause
      // Nobody shows a chain: the home hospital's own error says so.
      if (!isAway(cause)) this.#deps.terminal.warn(`${other.hospital} is left out: ${cause.message}`)
      return undefined
    }
  }

  /** Hospitals of the consortium that were not known yet, or have moved. */
  async #discover(home: KnownHospital, kept: readonly OtherHospital[]): Promise<readonly KnownHospital[]> {
    const found: { known: KnownHospital; ca: string }[] = []
    for (const { hospital, api, caHash } of await statedAddresses(home)) {
      if (kept.some((other) => other.pinned.hospital === hospital)) continue
      try {
        const ca = await within(KNOW_LIMIT_MS, api, () => findCa(caHash, api))
        const known = await this.#known(api, ca, home)
        if (known.hospital !== hospital) continue
        found.push({ known, ca })
        this.#deps.terminal.say(`Found ${hospital} at ${api}, which is of the same consortium`)
      } catch (cause) {
        if (!(cause instanceof HospitalError || cause instanceof HostError)) throw cause
        // It is asked for again at the next command.
        this.#deps.terminal.say(`${api} is not taken up yet: ${cause.message}`)
      }
    }
    await this.#remember(found)
    return found.map(({ known }) => known)
  }

  async #known(base: string, ca: string, home: KnownHospital): Promise<KnownHospital> {
    const client = this.#client(base, ca)
    const known = await within(KNOW_LIMIT_MS, base, () => know(client, { provider: () => home.provider }))
    checkCa(known, ca)
    const isSameRealm = (['chainId', 'directory', 'genesis'] as const).every(
      (field) => known.realm[field] === home.realm[field],
    )
    if (isSameRealm) return known
    throw new HostError(`${base} is of another consortium: use it with --dir`, { code: 'USAGE' })
  }

  async #remember(found: readonly { readonly known: KnownHospital; readonly ca: string }[]): Promise<void> {
    const profile = await this.#deps.folder.profile()
    if (profile === undefined || found.length === 0) return
    const isFound = ({ pinned }: OtherHospital) =>
      found.some(({ known }) => known.hospital === pinned.hospital)
    const others = [
      ...profile.others.filter((other) => !isFound(other)),
      ...found.map(({ known, ca }) => ({
        hospital: known.client.transport.base,
        ca,
        pinned: known.pinned,
        ...keysOf(known),
      })),
    ]
    await this.#deps.folder.putProfile({ ...profile, others })
  }

  #tellLate({ base, behindSec }: LateDoor): void {
    this.#deps.terminal.warn(
      `${base} shows a chain that is ${behindSec} s behind: it is not believed, tell the hospital`,
    )
  }

  #client(base: string, ca: string): HospitalClient {
    return new HospitalClient({ base, fetch: pinnedFetch(ca, this.#deps.ended) })
  }

  async #ca(base: string, remembered: Profile | undefined): Promise<string> {
    const named = this.#options.ca
    if (named !== undefined) return findCa(named, base)
    if (remembered !== undefined) return remembered.ca
    throw usage(
      `say once whom to believe for ${base}: --ca FILE, or --ca SHA-256 of the hospital's certificate`,
    )
  }
}

/** One view of each chain for all hospitals: a door that does not answer is found out once. */
export function sharedChain(
  transports: readonly Transport[],
  onLate: (late: LateDoor) => void = () => {},
): (realm: Realm) => JsonRpcApiProvider {
  const chains = new Map<number, JsonRpcApiProvider>()
  return ({ chainId }) => {
    const chain = chains.get(chainId) ?? hospitalChain(transports, chainId, { onLate })
    chains.set(chainId, chain)
    return chain
  }
}

function keysOf({ receiptKey, proxyKey, caHash }: KnownHospital) {
  return { receiptKey, proxyKey: toHex(proxyKey), caHash }
}

function isKnown(outcome: unknown): outcome is KnownHospital {
  return typeof outcome === 'object' && outcome !== null && 'realm' in outcome
}

function checkCa({ caHash }: KnownHospital, ca: string): void {
  if (caHash === `0x${caDigest(ca)}`) return
  throw new HostError('the hospital names another certificate authority than --ca: ask the hospital', {
    code: 'WRONG_CA',
  })
}
