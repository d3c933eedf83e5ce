import { type Address, fromHex, type Hex, type Hex32 } from '@hygeia/protocol/ids'
import { REVOKE_CONSENT, type RelayRequest, type RevokeConsent } from '@hygeia/protocol/typed-data/chain'
import { digestOf } from '@hygeia/protocol/typed-data/domain'
import type { UnixMs } from '@hygeia/protocol/units'
import type { Service } from '@hygeia/runtime/lifecycle'
import type { Logger } from '@hygeia/runtime/log'
import { OneAtATime } from '@hygeia/runtime/one-at-a-time'
import { Counter, type Registry } from 'prom-client'
import { METRICS } from '../metrics/names.ts'
import {
  type CheckDeps,
  type CheckedGrant,
  checkGrant,
  type OfferedGrant,
  type ProxyIdentity,
} from './check.ts'
import { GrantError } from './errors.ts'
import { type ChainHeads, ConsentFollower } from './follow.ts'
import { GrantStore } from './grant-store.ts'
import { KfragVault } from './kfrag-vault.ts'
import type { ConsentEvent, EventPlace, OnChain } from './on-chain.ts'
import type { GrantRecord } from './record.ts'
import { type Standing, standingOf } from './standing.ts'

export interface GrantsOptions extends ProxyIdentity {
  readonly dir: string
  /** Where fragments lie: a directory of its own, which backups leave out. */
  readonly kfragsDir: string
  /** Nothing is written while less than this is free on the disk; 64 MiB unless told. */
  readonly reserveBytes?: number
  /** Most grants of one patient; 1,000 unless told. */
  readonly perPatient?: number
}

/** A line for the audit log. */
export interface GrantAudit {
  append(draft: {
    readonly event: 'granted' | 'revoked'
    readonly patient: Address
    readonly physician: Address
    readonly grant: Hex32
    readonly request: Hex32
    readonly batches: number
    readonly reason: string
  }): Promise<unknown>
}

export interface GrantsDeps extends CheckDeps {
  readonly chain: ChainHeads
  readonly onChain: OnChain
  readonly relay: { send(request: RelayRequest): Promise<EventPlace> }
  readonly audit: GrantAudit
  /** Called, and waited for, when the fragments of a grant are gone: whoever has copies must drop them. */
  readonly forget: (grant: Hex32) => Promise<void>
  /** Encrypts fragments on disk, 32 bytes. */
  readonly storageKey: Uint8Array
  readonly log: Logger
  readonly metrics: Registry
}

export interface KnownGrant extends GrantRecord, Standing {}

/** A grant that stands otherwise than before. */
export interface GrantChange {
  readonly hash: Hex32
  readonly patient: Address
  readonly physician: Address
  readonly standing: 'active' | 'sealed' | 'revoked' | 'expired'
}

const MIB = 1_048_576
const NO_REQUEST = `0x${'00'.repeat(32)}` as Hex32
/** How many grants are swept, or revocations relayed again, after one block. */
const SWEEP_LIMIT = 64

/** What patients allow at this proxy: checked, kept with its fragments, and ended as soon as anyone says so. */
export class Grants implements Service {
  readonly #options: Required<GrantsOptions>
  readonly #deps: GrantsDeps
  readonly #store: GrantStore
  readonly #vault: KfragVault
  readonly #follower: ConsentFollower
  readonly #changing = new OneAtATime()
  readonly #changes: Counter<'event'>
  readonly #onChange = new Set<(change: GrantChange) => void>()
  #isRelaying = false

  constructor(options: GrantsOptions, deps: GrantsDeps) {
    this.#options = { reserveBytes: 64 * MIB, perPatient: 1_000, ...options }
    this.#deps = deps
    const { dir, kfragsDir, reserveBytes } = this.#options
    this.#store = new GrantStore({ dir, reserveBytes }, deps)
    this.#vault = new KfragVault({ dir: kfragsDir }, deps)
    this.#follower = new ConsentFollower({
      chain: deps.chain,
      onChain: deps.onChain,
      cursor: this.#store,
      onEvent: (event) => this.#onEvent(event),
      onFollowed: () => this.#tidy(),
      log: deps.log,
    })
    this.#changes = new Counter({
      ...METRICS.grantChangesTotal,
      labelNames: ['event'],
      registers: [deps.metrics],
    })
  }

  async open(): Promise<void> {
    await this.#store.open()
    await this.#vault.open()
    // A crash between fragments and record leaves fragments that nothing would ever delete.
    for (const hash of await this.#vault.grants()) {
      const record = await this.#store.get(hash)
      if (record === undefined || record.state === 'revoked') await this.#vault.remove(hash)
    }
  }

  /** Follow the chain; resolves when everything up to the present is known. */
  async start(): Promise<void> {
    await this.#follower.start()
  }

  async stop(): Promise<void> {
    await this.#follower.stop()
    await this.#changing.idle()
    await this.#store.close()
  }

  /**
   * Take a grant: check it, store it, carry the consent to the chain. The same again gives the same answer.
   *
   * @returns where the chain holds the consent
   * @throws {GrantError}
   * @throws {MalformedError}
   * @throws what the relay throws; after a timeout the grant is kept and becomes active when the chain says so
   */
  async put(offered: OfferedGrant): Promise<{ readonly hash: Hex32; readonly place: EventPlace }> {
    const checked = await checkGrant(offered, this.#options, this.#deps, this.#now())
    const held = await this.#changing.run(checked.hash, () => this.#keep(offered, checked))
    const place = held.place ?? (await this.#carry(held))
    await this.#changing.run(held.hash, () => this.#activate(held.hash, place))
    return { hash: held.hash, place }
  }

  /**
   * End a grant, known here or not: the fragments are gone when this has stored it, and then the chain is told.
   *
   * @throws {GrantError} `REVOCATION_SIGNATURE`, `PATIENT_UNKNOWN`
   * @throws what the relay throws; the revocation stands here, and is relayed again until the chain has it
   */
  async revoke(message: RevokeConsent, signature: Hex): Promise<EventPlace> {
    const { patient, grant } = message
    const digest = digestOf(this.#options.realm, REVOKE_CONSENT, message)
    if (this.#deps.recover(digest, fromHex(signature)) !== patient) {
      throw new GrantError('not signed by the patient', { code: 'REVOCATION_SIGNATURE' })
    }
    const record = await this.#store.get(grant)
    // Gas is the hospital's: only for patients, though the contract would take it from anyone.
    if (record === undefined && (await this.#deps.onChain.patient(patient)) === undefined) {
      throw new GrantError('not a patient', { code: 'PATIENT_UNKNOWN' })
    }
    await this.#changing.run(grant, () => this.#end(patient, grant, { patient, grant, signature }))
    return await this.#carryRevocation(message, signature)
  }

  /** Call `listener` with every change, once it is on the disk. @returns ends it */
  onChange(listener: (change: GrantChange) => void): () => void {
    this.#onChange.add(listener)
    return () => this.#onChange.delete(listener)
  }

  async find(hash: Hex32): Promise<KnownGrant | undefined> {
    const record = await this.#store.get(hash)
    return record && (await this.#known(record))
  }

  /** Grants that `account` gave or was given. */
  async of(account: Address): Promise<readonly KnownGrant[]> {
    return Promise.all((await this.#store.of(account)).map((record) => this.#known(record)))
  }

  /** Delete the fragments of grants for data of this time alone. @returns of how many grants */
  async dropWithin(patient: Address, from: UnixMs, to: UnixMs): Promise<number> {
    const isWithin = ({ grant }: GrantRecord) =>
      grant.patient === patient && from <= grant.dataFrom && grant.dataTo <= to
    const within = (await this.#store.of(patient)).filter(isWithin)
    let count = 0
    for (const { hash } of within) {
      await this.#changing.run(hash, async () => {
        if ((await this.#vault.get(hash)) !== undefined) count++
        await this.#vault.remove(hash)
        await this.#deps.forget(hash)
      })
    }
    return count
  }

  /** Fragments in the order of the grant's labels; undefined when there are none any more. */
  kfrags(hash: Hex32): Promise<readonly Uint8Array[] | undefined> {
    return this.#vault.get(hash)
  }

  async #known(record: GrantRecord): Promise<KnownGrant> {
    const { onChain } = this.#deps
    const standing = await standingOf(record, this.#now(), onChain.emergencyOf.bind(onChain))
    return { ...record, ...standing }
  }

  #now(): UnixMs {
    return (this.#deps.chain.head.timestamp * 1_000) as UnixMs
  }

  async #keep({ bytes, consent }: OfferedGrant, { hash, grant, kfrags }: CheckedGrant): Promise<GrantRecord> {
    const held = await this.#store.get(hash)
    if (held?.state === 'revoked' || (await this.#store.isRevoked(hash))) {
      throw new GrantError('revoked', { code: 'GRANT_REVOKED' })
    }
    if (held?.state === 'active') return held
    const { perPatient } = this.#options
    if (held === undefined && (await this.#store.countOf(grant.patient, perPatient)) >= perPatient) {
      throw new GrantError('too many grants', { code: 'GRANT_LIMIT' })
    }
    await this.#vault.put(hash, kfrags)
    const record: GrantRecord = { hash, bytes, grant, consent, state: 'pending', place: undefined }
    await this.#store.put(record)
    this.#changes.inc({ event: 'stored' })
    return record
  }

  async #carry({ hash, grant, consent }: GrantRecord): Promise<EventPlace> {
    try {
      return await this.#deps.relay.send({ kind: 'grant', ...consent })
    } catch (cause) {
      const { contractError } = Object(Object(cause).detail) as { contractError?: unknown }
      if (contractError === undefined) throw cause
      // Another of its proxies was faster, or an answer was lost.
      const place = await this.#deps.onChain.placeOf(grant.patient, hash, 'granted')
      if (place !== undefined) return place
      await this.#changing.run(hash, () => this.#drop(hash))
      throw cause
    }
  }

  async #carryRevocation(message: RevokeConsent, signature: Hex): Promise<EventPlace> {
    const { patient, grant } = message
    const known = await this.#deps.onChain.placeOf(patient, grant, 'revoked')
    const place = known ?? (await this.#deps.relay.send({ kind: 'revoke', message, signature }))
    await this.#store.endRelaying(grant)
    return place
  }

  async #onEvent({ kind, patient, grant, ...place }: ConsentEvent): Promise<void> {
    if (kind === 'granted') await this.#changing.run(grant, () => this.#activate(grant, place))
    else await this.#changing.run(grant, () => this.#end(patient, grant))
  }

  async #activate(hash: Hex32, { transaction, blockNumber }: EventPlace): Promise<void> {
    const record = await this.#store.get(hash)
    if (record === undefined || record.state !== 'pending') return
    await this.#deps.audit.append({ event: 'granted', ...aboutChange(record) })
    await this.#store.put({ ...record, state: 'active', place: { transaction, blockNumber } })
    this.#changes.inc({ event: 'activated' })
    this.#tell(record, record.grant.emergencyMs === undefined ? 'active' : 'sealed')
  }

  /** @param held - the patient's own word, when it came here before the chain had it */
  async #end(
    patient: Address,
    hash: Hex32,
    held?: { readonly patient: Address; readonly grant: Hex32; readonly signature: Hex },
  ): Promise<void> {
    const record = await this.#store.get(hash)
    // Grants are kept by hash alone: somebody else's word about the same hash means nothing.
    if (record !== undefined && record.grant.patient !== patient) return
    const isFirst = record !== undefined && record.state !== 'revoked'
    const ended = isFirst ? { ...record, state: 'revoked' as const } : undefined
    if (held !== undefined && !(await this.#store.isRevoked(hash)))
      await this.#store.putRevocation(held, ended)
    else if (ended !== undefined) await this.#store.put(ended)
    if (ended !== undefined) this.#tell(ended, 'revoked')
    await this.#vault.remove(hash)
    await this.#deps.forget(hash)
    if (!isFirst) return
    await this.#deps.audit.append({ event: 'revoked', ...aboutChange(record) })
    this.#changes.inc({ event: 'revoked' })
  }

  async #drop(hash: Hex32): Promise<void> {
    const record = await this.#store.get(hash)
    if (record === undefined || record.state !== 'pending') return
    await this.#vault.remove(hash)
    await this.#store.remove(record)
  }

  async #tidy(): Promise<void> {
    // Not waited for: what is relayed is mined in a later block than the one being followed.
    if (!this.#isRelaying) {
      this.#isRelaying = true
      this.#relayHeld()
        .catch((err: unknown) => this.#deps.log.warn({ err }, 'revocation not relayed yet'))
        .finally(() => {
          this.#isRelaying = false
        })
    }
    for (const hash of await this.#store.takeDue(this.#now(), SWEEP_LIMIT)) {
      await this.#changing.run(hash, () => this.#expire(hash))
    }
  }

  async #relayHeld(): Promise<void> {
    for (const { patient, grant, signature } of await this.#store.unrelayed(SWEEP_LIMIT)) {
      await this.#carryRevocation({ patient, grant }, signature)
    }
  }

  async #expire(hash: Hex32): Promise<void> {
    const record = await this.#store.get(hash)
    if (record === undefined || record.state === 'revoked') return
    const isOver = record.grant.accessTo <= this.#now()
    if (record.state === 'pending' && !isOver) {
      // A consent that the chain does not hold at its deadline, it never will.
      if ((await this.#deps.onChain.placeOf(record.grant.patient, hash, 'granted')) === undefined)
        await this.#drop(hash)
      return
    }
    if (!isOver) return
    await this.#vault.remove(hash)
    await this.#deps.forget(hash)
    this.#changes.inc({ event: 'expired' })
    this.#tell(record, 'expired')
  }

  #tell({ hash, grant: { patient, physician } }: GrantRecord, standing: GrantChange['standing']): void {
    for (const listener of this.#onChange) listener({ hash, patient, physician, standing })
  }
}

function aboutChange({ hash, grant }: GrantRecord) {
  return {
    patient: grant.patient,
    physician: grant.physician,
    grant: hash,
    request: NO_REQUEST,
    batches: 0,
    reason: '',
  }
}

/** Open the grants in `options.dir`, or begin there. */
export async function openGrants(options: GrantsOptions, deps: GrantsDeps): Promise<Grants> {
  const grants = new Grants(options, deps)
  await grants.open()
  return grants
}
