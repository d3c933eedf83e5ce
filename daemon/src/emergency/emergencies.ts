import { randomBytes } from 'node:crypto'
import {
  BREAK_GLASS_LIFE_MS,
  isBreakGlassSigned,
  reasonHash,
  type SignedBreakGlass,
} from '@hygeia/protocol/emergency/emergency'
import type { Grant } from '@hygeia/protocol/grant/grant'
import { type Address, type Hex, type Hex32, toHex } from '@hygeia/protocol/ids'
import type { Recover, Signer } from '@hygeia/protocol/signature'
import { OPEN_EMERGENCY, type OpenEmergency, type RelayRequest } from '@hygeia/protocol/typed-data/chain'
import { digestOf, type Realm } from '@hygeia/protocol/typed-data/domain'
import type { Clock } from '@hygeia/runtime/clock'
import { Counter, type Registry } from 'prom-client'
import { METRICS } from '../metrics/names.ts'
import { EmergencyError } from './errors.ts'
import { type Waiting, WaitingRoom } from './waiting.ts'

export interface EmergencyOptions {
  readonly realm: Realm
  /** Operator account of this hospital. */
  readonly hospital: Address
  /** Who signs as a witness: somebody through the operator's command, or the machine for every physician named. */
  readonly witness: 'operator' | 'automatic'
}

export interface EmergencyDeps {
  readonly grants: {
    find(hash: Hex32): Promise<{ readonly grant: Grant; readonly standing: string } | undefined>
  }
  readonly onChain: {
    physician(account: Address): Promise<{ readonly status: string } | undefined>
    hospitals(): Promise<readonly Address[]>
  }
  readonly audit: {
    append(draft: {
      readonly event: 'emergency'
      readonly patient: Address
      readonly physician: Address
      readonly grant: Hex32
      readonly request: Hex32
      readonly batches: number
      readonly reason: string
    }): Promise<unknown>
  }
  readonly relay: {
    send(request: RelayRequest): Promise<{
      readonly transaction: Hex32
      readonly blockNumber: number
      readonly blockHash: Hex32
    }>
  }
  /** The receipt key. */
  readonly signer: Signer
  readonly recover: Recover
  readonly clock: Clock
  readonly metrics: Registry
}

/** Another hospital's word that an emergency grant should be opened. */
export interface Witnessed {
  readonly message: OpenEmergency
  /** Operator account of the hospital whose receipt key signed. */
  readonly witness: Address
  readonly signature: Hex
}

const DEADLINE_SEC = 600
const RETRY_SEC = 2

/**
 * Breaking the glass. The physician signs why; another hospital signs that it should be; the physician's hospital
 * carries both to the chain; every proxy then asks for the physician's word and the chain's. The patient's audit log
 * has a line at each of these hospitals before it answers.
 */
export class Emergencies {
  readonly #options: EmergencyOptions
  readonly #deps: EmergencyDeps
  readonly #room = new WaitingRoom()
  readonly #opened: Counter<'act'>

  constructor(options: EmergencyOptions, deps: EmergencyDeps) {
    this.#options = options
    this.#deps = deps
    this.#opened = new Counter({
      ...METRICS.emergenciesTotal,
      labelNames: ['act'],
      registers: [deps.metrics],
    })
  }

  /** Emergencies that wait for somebody here. */
  waiting(): readonly Waiting[] {
    return this.#room.list(this.#deps.clock.now())
  }

  /** @returns false when nothing of that name waits */
  agree(id: Hex32): boolean {
    return this.#room.agree(id, this.#deps.clock.now())
  }

  /**
   * Sign, as another hospital, that a grant should be opened.
   *
   * @param opener - operator of the hospital that the physician is at
   * @throws {EmergencyError} `EMERGENCY_WAITS` until somebody here has agreed; asked again it gives the answer
   * @throws {StoreError} when the audit log does not take the line: then nothing is signed
   */
  async witness(glass: SignedBreakGlass, opener: Address): Promise<Witnessed> {
    const { realm, hospital, witness } = this.#options
    const { clock, signer, onChain } = this.#deps
    const grant = await this.#judged(glass)
    const isAnother = opener !== hospital && (await onChain.hospitals()).includes(opener)
    if (!isAnother) throw new EmergencyError('no other hospital', { code: 'EMERGENCY_NEEDS_ANOTHER' })
    if (witness === 'operator' && !this.#room.isAgreed(glass, clock.now())) {
      this.#opened.inc({ act: 'asked' })
      throw new EmergencyError('somebody has to agree', { code: 'EMERGENCY_WAITS', retryAfterSec: RETRY_SEC })
    }
    await this.#tell(glass, grant)
    const message: OpenEmergency = {
      patient: grant.patient,
      grant: glass.grant,
      reason: reasonHash(glass),
      hospital: opener,
      nonce: BigInt(toHex(randomBytes(32))),
      deadline: Math.floor(clock.now() / 1_000) + DEADLINE_SEC,
    }
    this.#opened.inc({ act: 'witnessed' })
    return {
      message,
      witness: hospital,
      signature: toHex(signer.sign(digestOf(realm, OPEN_EMERGENCY, message))),
    }
  }

  /**
   * Open a grant with another hospital's word.
   *
   * @returns where the chain holds it, once that is final
   * @throws {EmergencyError}
   * @throws what the relay throws
   */
  async open(glass: SignedBreakGlass, { message, witness, signature }: Witnessed) {
    const { hospital } = this.#options
    const grant = await this.#judged(glass)
    const isMeant =
      message.hospital === hospital &&
      message.patient === grant.patient &&
      message.grant === glass.grant &&
      message.reason === reasonHash(glass)
    if (!isMeant || witness === hospital) {
      throw new EmergencyError('not signed by another hospital for this one', {
        code: 'EMERGENCY_NEEDS_ANOTHER',
      })
    }
    await this.#tell(glass, grant)
    const place = await this.#deps.relay.send({ kind: 'open-emergency', message, witness, signature })
    this.#opened.inc({ act: 'opened' })
    return place
  }

  /** The grant, when this physician may ask for it to be opened. */
  async #judged(glass: SignedBreakGlass): Promise<Grant> {
    const { realm } = this.#options
    const { clock, recover, grants, onChain } = this.#deps
    const now = clock.now()
    if (glass.expires <= now || glass.expires > now + BREAK_GLASS_LIFE_MS) {
      throw new EmergencyError('not at this time', { code: 'EMERGENCY_EXPIRED' })
    }
    if (!isBreakGlassSigned(realm, glass, recover)) {
      throw new EmergencyError('not signed by the physician', { code: 'EMERGENCY_SIGNATURE' })
    }
    if ((await onChain.physician(glass.physician))?.status !== 'active') {
      throw new EmergencyError('not admitted', { code: 'PHYSICIAN_NOT_ACTIVE' })
    }
    const held = await grants.find(glass.grant)
    const isThere =
      held?.grant.emergencyMs !== undefined &&
      held.grant.physician === glass.physician &&
      (held.standing === 'sealed' || held.standing === 'active')
    if (!isThere) throw new EmergencyError('no such grant', { code: 'EMERGENCY_UNKNOWN' })
    return held.grant
  }

  /** The patient first: whatever comes of it, it was asked for and agreed to. */
  async #tell(glass: SignedBreakGlass, { patient, physician }: Grant): Promise<void> {
    const { audit } = this.#deps
    const { grant, reason } = glass
    await audit.append({
      event: 'emergency',
      patient,
      physician,
      grant,
      request: reasonHash(glass),
      batches: 0,
      reason,
    })
  }
}
