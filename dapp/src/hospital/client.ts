import { decodeCbor } from '@hygeia/protocol/cbor'
import { type Answer, decodeAnswers } from '@hygeia/protocol/device-link/answer'
import type { SignedBreakGlass } from '@hygeia/protocol/emergency/emergency'
import type { SignedErasure } from '@hygeia/protocol/erasure/erasure'
import { type Address, fromHex, type Hex, type Hex32, toHex } from '@hygeia/protocol/ids'
import { decodeReceipt } from '@hygeia/protocol/receipt/codec'
import type { Receipt } from '@hygeia/protocol/receipt/receipt'
import { SEALED_LIMIT_BYTES } from '@hygeia/protocol/sealed/codec'
import type { Signer } from '@hygeia/protocol/signature'
import type { GrantConsent, RelayRequest, RevokeConsent } from '@hygeia/protocol/typed-data/chain'
import type { Realm } from '@hygeia/protocol/typed-data/domain'
import type { UnixMs } from '@hygeia/protocol/units'
import { type Clock, hostClock } from '../clock.ts'
import {
  AuditAnswer,
  BatchesAnswer,
  type DeviceState,
  DevicesAnswer,
  ErasureAnswer,
  GrantsAnswer,
  HospitalsAnswer,
  PhysicianKeyAnswer,
  PushKeyAnswer,
  RealmAnswer,
  ReencryptionAnswer,
  RelayAnswer,
  type StatedAddress,
  WitnessAnswer,
} from './answers.ts'
import { HospitalError, isRefusal } from './errors.ts'
import { eventsIn, type HospitalEvent } from './events.ts'
import { Session } from './session.ts'
import { type Fetch, Transport } from './transport.ts'

/** Most blocks of one bulk request. */
export const BLOCKS_LIMIT = 2_000
/** Each is waited for 30 s by the hospital; after that the chain has a problem. */
const RELAY_ATTEMPTS = 4
/** Most lines of one page of batches. */
export const BATCHES_LIMIT = 5_000

export interface ListQuery {
  /** As a physician, under this grant; a patient's own without. */
  readonly grant?: Hex32
  readonly from: UnixMs
  readonly to: UnixMs
  readonly cursor?: string | undefined
  readonly limit?: number
}

/** Where a browser is reached, as it says itself. */
export interface PushTarget {
  readonly endpoint: string
  /** Base64url. */
  readonly keys: { readonly p256dh: string; readonly auth: string }
}

/** What anyone may ask a hospital. */
export class HospitalClient {
  readonly transport: Transport
  readonly clock: Clock
  /** Whether it gave no answer lately: then it is not waited for as long as others are. */
  wasAway = false

  /** @param base - HTTPS origin @param fetch - a browser's own, or one that pins the hospital's CA */
  constructor({ base, fetch, clock = hostClock }: { base: string; fetch: Fetch; clock?: Clock }) {
    this.transport = new Transport({ base, fetch })
    this.clock = clock
  }

  realm(): Promise<RealmAnswer> {
    return this.transport.json('/v1/realm', RealmAnswer)
  }

  /** Where hospitals say that they are reached: each signed by that hospital, none checked yet. */
  hospitals(): Promise<readonly StatedAddress[]> {
    return this.transport.json('/v1/hospitals', HospitalsAnswer)
  }

  /** Tell this hospital where another is reached. */
  async putHospital(stated: StatedAddress): Promise<void> {
    const { hospital, api, caHash, issued, signature } = stated
    const json = { api, caHash, issued, signature }
    await this.transport.done(`/v1/hospitals/${hospital}`, { method: 'PUT', json })
  }

  /** Have a signed statement sent to a contract. Answers when it is final; a slow chain is waited for. */
  async relay(request: RelayRequest, signal?: AbortSignal): Promise<RelayAnswer> {
    const ask = () => this.transport.json('/v1/relay', RelayAnswer, { method: 'POST', json: request, signal })
    for (let attempt = 1; attempt < RELAY_ATTEMPTS; attempt++) {
      try {
        return await ask()
      } catch (cause) {
        // The same statement again finds the transaction that is under way.
        if (!isRefusal(cause, 'RELAY_TIMEOUT')) throw cause
      }
    }
    return ask()
  }

  /** @returns undefined until the batch is anchored */
  async receipt(cid: string): Promise<Receipt | undefined> {
    const path = `/v1/receipts/${cid}`
    const bytes = await this.transport.bytesIfThere(path)
    if (bytes === undefined) return undefined
    try {
      return decodeReceipt(bytes)
    } catch (cause) {
      throw this.transport.badAnswer(path, cause)
    }
  }

  /** The physician's key as the hospital has it: to be checked against its signature and the chain. */
  async physicianKey(physician: Address) {
    const answer = await this.transport.json(`/v1/physicians/${physician}/key`, PhysicianKeyAnswer)
    return { physician, receivingKey: fromHex(answer.receivingKey), signature: fromHex(answer.signature) }
  }

  async putPhysicianKey(physician: Address, receivingKey: Uint8Array, signature: Uint8Array): Promise<void> {
    const json = { receivingKey: toHex(receivingKey), signature: toHex(signature) }
    await this.transport.done(`/v1/physicians/${physician}/key`, { method: 'PUT', json })
  }

  /** @returns undefined until the device has answered; `no-mailbox` when the hospital knows of none */
  async pairingOffer(mailbox: Hex, signal?: AbortSignal): Promise<Uint8Array | 'no-mailbox' | undefined> {
    try {
      return await this.transport.bytes(`/v1/pairings/${mailbox}/offer`, { signal })
    } catch (cause) {
      if (isRefusal(cause, 'OFFER_MISSING')) return undefined
      if (isRefusal(cause, 'MAILBOX_UNKNOWN')) return 'no-mailbox'
      throw cause
    }
  }

  /** @returns Base64url; undefined when the hospital has no Web Push */
  async pushKey(): Promise<string | undefined> {
    try {
      return (await this.transport.json('/v1/push/key', PushKeyAnswer)).key
    } catch (cause) {
      if (cause instanceof HospitalError && cause.detail.code === 'REFUSED' && cause.detail.status === 404) {
        return undefined
      }
      throw cause
    }
  }

  /** Needs no session: whoever can sign it may revoke. */
  revoke(message: RevokeConsent, signature: Hex): Promise<RelayAnswer> {
    const json = { message, signature }
    return this.transport.json('/v1/revocations', RelayAnswer, { method: 'POST', json })
  }

  /** The same hospital as one account sees it. */
  as(signer: Signer, realm: Realm): AccountClient {
    return new AccountClient(this, signer, realm)
  }
}

/** What a patient or physician who has logged in may ask. */
export class AccountClient {
  readonly hospital: HospitalClient
  readonly session: Session

  constructor(hospital: HospitalClient, signer: Signer, { chainId }: Realm) {
    const { transport, clock } = hospital
    this.hospital = hospital
    this.session = new Session({ transport, signer, chainId, clock })
  }

  openPairing(mailbox: Hex, expires: UnixMs): Promise<void> {
    const json = { mailbox, expires }
    return this.#done('/v1/pairings', { method: 'POST', json })
  }

  /** @param signedLabelKeys - encoded */
  answerPairing(mailbox: Hex, signedLabelKeys: Uint8Array): Promise<void> {
    return this.#done(`/v1/pairings/${mailbox}/answer`, { method: 'PUT', cbor: signedLabelKeys })
  }

  devices(): Promise<readonly DeviceState[]> {
    return this.session.with((token) => this.#transport.json('/v1/devices', DevicesAnswer, { token }))
  }

  /** @returns encoded, newest serial; undefined when none were ever given */
  labelKeys(device: Address): Promise<Uint8Array | undefined> {
    const path = `/v1/devices/${device}/label-keys`
    return this.session.with((token) => this.#transport.bytesIfThere(path, { token }))
  }

  /** @returns encoded, newest serial; undefined when none was ever given */
  deviceHospitals(device: Address): Promise<Uint8Array | undefined> {
    const path = `/v1/devices/${device}/hospitals`
    return this.session.with((token) => this.#transport.bytesIfThere(path, { token }))
  }

  /** @param signedHospitals - encoded */
  putDeviceHospitals(device: Address, signedHospitals: Uint8Array): Promise<void> {
    return this.#done(`/v1/devices/${device}/hospitals`, { method: 'PUT', cbor: signedHospitals })
  }

  putLabelKeys(device: Address, signedLabelKeys: Uint8Array): Promise<void> {
    return this.#done(`/v1/devices/${device}/label-keys`, { method: 'PUT', cbor: signedLabelKeys })
  }

  grants() {
    return this.session.with((token) => this.#transport.json('/v1/grants', GrantsAnswer, { token }))
  }

  postGrant(
    grant: Uint8Array,
    consent: { readonly message: GrantConsent; readonly signature: Hex },
    parcel: { readonly capsule: Uint8Array; readonly ciphertext: Uint8Array },
  ): Promise<RelayAnswer> {
    const json = {
      grant: toHex(grant),
      consent,
      parcel: { capsule: toHex(parcel.capsule), ciphertext: toHex(parcel.ciphertext) },
    }
    return this.session.with((token) =>
      this.#transport.json('/v1/grants', RelayAnswer, { method: 'POST', json, token }),
    )
  }

  batches({ grant, from, to, cursor, limit = BATCHES_LIMIT }: ListQuery, signal?: AbortSignal) {
    const query = new URLSearchParams({ from: String(from), to: String(to), limit: String(limit) })
    if (grant !== undefined) query.set('grant', grant)
    if (cursor !== undefined) query.set('cursor', cursor)
    return this.session.with((token) =>
      this.#transport.json(`/v1/batches?${query}`, BatchesAnswer, { token, signal }),
    )
  }

  /**
   * What happens at the hospital, as it happens, until `signal` aborts or the hospital ends it.
   *
   * @param after - id of the last event that came
   */
  async *events(after: string | undefined, signal: AbortSignal): AsyncGenerator<HospitalEvent> {
    const path = '/v1/events'
    const response = await this.session.with((token) =>
      this.#transport.send(path, { token, after, isEndless: true, signal }),
    )
    if (response.body === null) throw this.#transport.badAnswer(path, undefined)
    try {
      yield* eventsIn(response.body)
    } catch (cause) {
      signal.throwIfAborted()
      throw cause instanceof HospitalError ? cause : this.#transport.badAnswer(path, cause)
    }
  }

  /** @param cids - at most 2,000 @returns in the same order; undefined where the hospital gives none */
  async blocks(cids: readonly string[], signal?: AbortSignal): Promise<readonly (Uint8Array | undefined)[]> {
    const path = '/v1/blocks'
    const bytes = await this.session.with((token) =>
      this.#transport.bytes(path, { method: 'POST', json: { cids }, token, signal }),
    )
    try {
      const list = decodeCbor(bytes, 'blocks', (cids.length + 1) * (SEALED_LIMIT_BYTES + 16))
      if (!Array.isArray(list) || list.length !== cids.length) throw new TypeError('not one for each')
      return list.map((block: unknown) => {
        if (block === null) return undefined
        if (!(block instanceof Uint8Array)) throw new TypeError('not bytes')
        return block
      })
    } catch (cause) {
      throw this.#transport.badAnswer(path, cause)
    }
  }

  /** Give a sealed batch, as a device does. @returns what a device is told: nothing when it is taken */
  async giveBatch(block: Uint8Array): Promise<readonly Answer[]> {
    const path = '/v1/batches'
    const bytes = await this.session.with((token) =>
      this.#transport.bytes(path, { method: 'POST', cbor: block, token }),
    )
    try {
      return decodeAnswers(bytes)
    } catch (cause) {
      throw this.#transport.badAnswer(path, cause)
    }
  }

  /** @param glass - why, under a grant for emergencies */
  reencrypt(
    request: unknown,
    signature: Uint8Array,
    glass?: SignedBreakGlass,
    signal?: AbortSignal,
  ): Promise<ReencryptionAnswer> {
    const json = { request, signature: toHex(signature), ...(glass && { emergency: jsonOf(glass) }) }
    return this.session.with((token) =>
      this.#transport.json('/v1/reencryptions', ReencryptionAnswer, { method: 'POST', json, token, signal }),
    )
  }

  /** Have this hospital sign that a grant for emergencies should be opened by another. */
  witnessEmergency(glass: SignedBreakGlass, hospital: Address, signal?: AbortSignal): Promise<WitnessAnswer> {
    const json = { breakGlass: jsonOf(glass), hospital }
    return this.session.with((token) =>
      this.#transport.json('/v1/emergencies/witness', WitnessAnswer, { method: 'POST', json, token, signal }),
    )
  }

  /** Have this hospital open it, with another's word. */
  openEmergency(
    glass: SignedBreakGlass,
    witnessed: WitnessAnswer,
    signal?: AbortSignal,
  ): Promise<RelayAnswer> {
    const json = { breakGlass: jsonOf(glass), witnessed }
    return this.session.with((token) =>
      this.#transport.json('/v1/emergencies', RelayAnswer, { method: 'POST', json, token, signal }),
    )
  }

  /** Have this hospital delete what was taken in a range of time. */
  erase({ signature, ...order }: SignedErasure): Promise<ErasureAnswer> {
    const json = { ...order, signature: toHex(signature) }
    return this.session.with((token) =>
      this.#transport.json('/v1/erasures', ErasureAnswer, { method: 'POST', json, token }),
    )
  }

  /** Have a browser told, without content, that there is something to see. @see W3C Push API */
  putPush(subscription: PushTarget): Promise<void> {
    return this.#done('/v1/push/subscription', { method: 'PUT', json: subscription })
  }

  deletePush({ endpoint }: Pick<PushTarget, 'endpoint'>): Promise<void> {
    return this.#done('/v1/push/subscription', { method: 'DELETE', json: { endpoint } })
  }

  audit(cursor?: string) {
    const path = cursor === undefined ? '/v1/audit' : `/v1/audit?${new URLSearchParams({ cursor })}`
    return this.session.with((token) => this.#transport.json(path, AuditAnswer, { token }))
  }

  get #transport(): Transport {
    return this.hospital.transport
  }

  #done(path: string, ask: Parameters<Transport['done']>[1]): Promise<void> {
    return this.session.with((token) => this.#transport.done(path, { ...ask, token }))
  }
}

function jsonOf({ physician, grant, reason, salt, expires, signature }: SignedBreakGlass) {
  return { physician, grant, reason, salt, expires, signature: toHex(signature) }
}
