import type { AuditEntry } from '@hygeia/protocol/audit/entry'
import { isBreakGlassSigned, type SignedBreakGlass } from '@hygeia/protocol/emergency/emergency'
import type { Grant } from '@hygeia/protocol/grant/grant'
import { mayHold } from '@hygeia/protocol/grant/holder'
import { type Address, type Hex32, toHex } from '@hygeia/protocol/ids'
import type { Label } from '@hygeia/protocol/label'
import { isRequestSigned, type ReencryptionRequest, requestDigest } from '@hygeia/protocol/request/request'
import { digestOfCid } from '@hygeia/protocol/sealed/cid'
import type { Recover } from '@hygeia/protocol/signature'
import type { Realm } from '@hygeia/protocol/typed-data/domain'
import type { UnixMs } from '@hygeia/protocol/units'
import type { Clock } from '@hygeia/runtime/clock'
import type { Service } from '@hygeia/runtime/lifecycle'
import type { Logger } from '@hygeia/runtime/log'
import { Counter, type Registry } from 'prom-client'
import { METRICS } from '../metrics/names.ts'
import { capsuleIn } from './capsule.ts'
import { ReencryptError, type ReencryptFault } from './errors.ts'
import {
  type HeldBatch,
  type HeldGrant,
  judgeBatch,
  judgeEmergency,
  judgeGrant,
  judgeRequest,
} from './judge.ts'
import { CFRAG_BYTES } from './messages.ts'
import { UsedNonces } from './nonces.ts'
import type { Lot, ReencryptPool } from './pool.ts'

export interface ReencryptorOptions {
  /** Where used nonces are kept. */
  readonly dir: string
  /** Operator account of this hospital. */
  readonly hospital: Address
  readonly realm: Realm
  readonly periodSec: number
  /** Nothing is written while less than this is free on the disk; 64 MiB unless told. */
  readonly reserveBytes?: number
}

/** What the chain says now. */
export interface Permissions {
  consent(): Promise<Address>
  isActive(consent: Address, patient: Address, grant: Hex32): Promise<boolean>
  consentOf(
    consent: Address,
    patient: Address,
    grant: Hex32,
  ): Promise<{ readonly accessEnd: number; readonly isRevoked: boolean }>
  physician(account: Address): Promise<{ readonly status: string } | undefined>
  isActiveHospital(operator: Address): Promise<boolean>
}

export interface ReencryptorDeps {
  readonly chain: { readonly head: { readonly timestamp: number } }
  readonly permissions: Permissions
  readonly grants: {
    find(hash: Hex32): Promise<HeldGrant | undefined>
    kfrags(hash: Hex32): Promise<readonly Uint8Array[] | undefined>
  }
  /** Batches that were verified when they came, by the digest in their CID. */
  readonly batches: {
    findMany(digests: readonly Uint8Array[]): Promise<readonly (HeldBatch | undefined)[]>
    blocks(digests: readonly Uint8Array[]): Promise<readonly (Uint8Array | undefined)[]>
  }
  readonly devices: { device(address: Address): { readonly patient: Address } | undefined }
  readonly audit: {
    append(draft: Omit<AuditEntry, 'hospital' | 'index' | 'at' | 'salt'>): Promise<{
      readonly bytes: Uint8Array
      readonly signature: Uint8Array
    }>
  }
  readonly pool: ReencryptPool
  readonly recover: Recover
  readonly clock: Clock
  readonly log: Logger
  readonly metrics: Registry
}

export interface Reencrypted {
  /** The line in the audit log, with the hospital's signature. */
  readonly entry: Uint8Array
  readonly entrySignature: Uint8Array
  /** One for each distinct capsule. */
  readonly cfrags: readonly { readonly capsule: Uint8Array; readonly cfrag: Uint8Array }[]
  /** CIDs of those batches asked for that are not held here for this patient, or not yet. */
  readonly missing: readonly Uint8Array[]
}

/** Batches read at once. */
const CHUNK = 256
const MIB = 1_048_576
const STALE_PERIODS = 3
const NOBODY = `0x${'00'.repeat(20)}` as Address
const SWEEP_MS = 60_000

/** The proxy: answers a physician for as long as the patient allows it, and says so in the audit log first. */
export class Reencryptor implements Service {
  readonly #options: ReencryptorOptions
  readonly #deps: ReencryptorDeps
  readonly #nonces: UsedNonces
  readonly #answers: Counter<'outcome'>
  #sweeper: NodeJS.Timeout | undefined

  constructor(options: ReencryptorOptions, deps: ReencryptorDeps) {
    this.#options = options
    this.#deps = deps
    this.#nonces = new UsedNonces({ dir: options.dir, reserveBytes: options.reserveBytes ?? 64 * MIB }, deps)
    this.#answers = new Counter({
      ...METRICS.reencryptionsTotal,
      labelNames: ['outcome'],
      registers: [deps.metrics],
    })
  }

  async start(): Promise<void> {
    const { clock, log } = this.#deps
    await this.#nonces.open(clock.now())
    this.#sweeper = setInterval(() => {
      this.#nonces.sweep(clock.now()).catch((err: unknown) => log.warn({ err }, 'used nonces not swept'))
    }, SWEEP_MS)
    this.#sweeper.unref()
  }

  async stop(): Promise<void> {
    clearInterval(this.#sweeper)
    await this.#nonces.close()
  }

  /**
   * Answer a request, or refuse it; either is in the audit log when this returns.
   *
   * @param signature - of the physician, 64 bytes
   * @param glass - why, under a grant for emergencies
   * @throws {ReencryptError} why it is refused
   * @throws {MalformedError} when the signature is none
   * @throws {StoreError} when the audit log does not take the entry: then nothing is answered
   */
  async answer(
    request: ReencryptionRequest,
    signature: Uint8Array,
    glass?: SignedBreakGlass,
  ): Promise<Reencrypted> {
    try {
      const answer = await this.#answer(request, signature, glass)
      this.#answers.inc({ outcome: 'ok' })
      return answer
    } catch (cause) {
      this.#answers.inc({ outcome: cause instanceof ReencryptError ? cause.code : 'fault' })
      throw cause
    }
  }

  async #answer(
    request: ReencryptionRequest,
    signature: Uint8Array,
    glass: SignedBreakGlass | undefined,
  ): Promise<Reencrypted> {
    const { realm, hospital } = this.#options
    const { clock, recover, grants, pool } = this.#deps
    // What is not signed is nobody's request: refused, counted, but not written into the audit log.
    refuse(judgeRequest(request, hospital, clock.now()))
    if (!isRequestSigned(realm, request, signature, recover)) refuse({ code: 'REQUEST_SIGNATURE' })

    const held = await grants.find(request.grant)
    try {
      const grant = await this.#permitted(request, held, glass)
      const { lots, capsules, missing } = await this.#collect(request, grant)
      const isFirst = await this.#nonces.take(request.physician, request.nonce, request.expires)
      if (!isFirst) refuse({ code: 'REPLAYED' })
      const cfrags = await pool.reencrypt(lots)
      // A revocation may have come while this was being worked on.
      refuse(judgeGrant(await grants.find(request.grant), request.physician, this.#headMs))
      const entry = await this.#write(
        request,
        grant.patient,
        'opened',
        grant.emergencyMs === undefined ? undefined : glass?.reason,
      )
      return {
        missing,
        entry: entry.bytes,
        entrySignature: entry.signature,
        cfrags: cfrags.flatMap((joined, lot) =>
          (capsules[lot] ?? []).map((capsule, index) => ({
            capsule,
            cfrag: joined.subarray(index * CFRAG_BYTES, (index + 1) * CFRAG_BYTES),
          })),
        ),
      }
    } catch (cause) {
      if (cause instanceof ReencryptError) {
        // Work that was under way when the fragments were dropped may have brought them back.
        if (cause.code === 'GRANT_REVOKED') await pool.forget(request.grant)
        const isPhysicians = held?.grant.physician === request.physician
        await this.#write(request, isPhysicians ? held.grant.patient : NOBODY, 'refused', cause.code)
      }
      throw cause
    }
  }

  /** The grant, when this physician may use it at this moment. */
  async #permitted(
    request: ReencryptionRequest,
    held: HeldGrant | undefined,
    glass: SignedBreakGlass | undefined,
  ): Promise<Grant> {
    const { permissions } = this.#deps
    const { physician } = request
    if (await this.#nonces.isUsed(physician, request.nonce)) refuse({ code: 'REPLAYED' })
    const { periodSec } = this.#options
    if (this.#headMs + STALE_PERIODS * periodSec * 1_000 < this.#deps.clock.now()) {
      refuse({ code: 'STALE_CHAIN', retryAfterSec: periodSec })
    }
    refuse(judgeGrant(held, physician, this.#headMs))
    if (held === undefined) throw new Error('unreachable: refused as unknown')
    const { realm } = this.#options
    const { recover } = this.#deps
    refuse(judgeEmergency(held, request, glass, (signed) => isBreakGlassSigned(realm, signed, recover)))

    const { patient } = held.grant
    const consent = await permissions.consent()
    const [isActive, registered, isMember] = await Promise.all([
      permissions.isActive(consent, patient, held.hash),
      permissions.physician(physician),
      permissions.isActiveHospital(this.#options.hospital),
    ])
    if (!isMember) refuse({ code: 'HOSPITAL_NOT_ACTIVE' })
    if (!mayHold(held.grant, registered?.status)) refuse({ code: 'PHYSICIAN_NOT_ACTIVE' })
    if (!isActive) {
      const { accessEnd, isRevoked } = await permissions.consentOf(consent, patient, held.hash)
      if (isRevoked) refuse({ code: 'GRANT_REVOKED' })
      refuse({ code: accessEnd === 0 ? 'GRANT_PENDING' : 'GRANT_EXPIRED' })
    }
    return held.grant
  }

  /** Distinct capsules of the batches asked for, by label, each lot with its fragment. */
  async #collect({ batches, grant: hash }: ReencryptionRequest, grant: Grant) {
    const { byLabel, missing } = await this.#capsulesOf(batches, grant)
    const kfrags = await this.#deps.grants.kfrags(hash)
    if (kfrags === undefined) refuse({ code: 'GRANT_REVOKED' })
    const { verifyingKey, receivingKey } = grant
    const lots = grant.labels.flatMap(({ label, publicKey }, index): Lot[] => {
      const kfrag = kfrags?.[index]
      const capsules = byLabel.get(label)
      if (kfrag === undefined || capsules === undefined) return []
      const keys = { verifyingKey, delegatingKey: publicKey, receivingKey }
      return [{ name: `${hash}/${label}`, kfrag, keys, capsules: [...capsules.values()] }]
    })
    return { lots, capsules: lots.map(({ capsules }) => capsules), missing }
  }

  /**
   * Capsules by label and by their own bytes, out of the batches as they are held. Some may not be: another hospital
   * took them a moment ago.
   */
  async #capsulesOf(cids: readonly Uint8Array[], grant: Grant) {
    const { batches } = this.#deps
    const labels = new Set(grant.labels.map(({ label }) => label))
    const isPatients = this.#ownershipOf(grant.patient)
    const byLabel = new Map<Label, Map<string, Uint8Array>>()
    const missing: Uint8Array[] = []
    for (let start = 0; start < cids.length; start += CHUNK) {
      const asked = cids.slice(start, start + CHUNK)
      const digests = asked.map(digestOfCid)
      const found = await batches.findMany(digests)
      const faults = found.map((batch) => judgeBatch(batch, grant, labels, isPatients))
      for (const fault of faults) if (fault?.code !== 'BATCH_UNKNOWN') refuse(fault)
      const blocks = await batches.blocks(digests)
      for (const [index, cid] of asked.entries()) {
        const label = found[index]?.label
        const block = blocks[index]
        if (faults[index] !== undefined || label === undefined || block === undefined) {
          missing.push(cid)
          continue
        }
        const capsule = capsuleIn(block)
        const held = byLabel.get(label) ?? new Map<string, Uint8Array>()
        byLabel.set(label, held.set(Buffer.from(capsule).toString('latin1'), capsule))
      }
    }
    if (missing.length === cids.length) refuse({ code: 'BATCH_UNKNOWN' })
    return { byLabel, missing }
  }

  /** Whether a device is the patient's; a request names few devices many times. */
  #ownershipOf(patient: Address): (device: Address) => boolean {
    const known = new Map<Address, boolean>()
    return (device) => {
      const held = known.get(device) ?? this.#deps.devices.device(device)?.patient === patient
      known.set(device, held)
      return held
    }
  }

  /** @param reason - why it was refused, or what the emergency is that it was opened for */
  #write(request: ReencryptionRequest, patient: Address, outcome: 'opened' | 'refused', reason?: string) {
    return this.#deps.audit.append({
      event: outcome === 'opened' && reason !== undefined ? 'emergency' : outcome,
      patient,
      physician: request.physician,
      grant: request.grant,
      request: toHex(requestDigest(this.#options.realm, request)) as string as Hex32,
      batches: request.batches.length,
      reason: reason ?? '',
    })
  }

  get #headMs(): UnixMs {
    return (this.#deps.chain.head.timestamp * 1_000) as UnixMs
  }
}

function refuse(fault: ReencryptFault | undefined): void {
  if (fault !== undefined) throw new ReencryptError('request refused', fault)
}
