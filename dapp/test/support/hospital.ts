import { setTimeout as delay } from 'node:timers/promises'
import { encodeAuditEntry } from '@hygeia/protocol/audit/entry'
import { encodeCbor } from '@hygeia/protocol/cbor'
import { type Answer, encodeAnswers } from '@hygeia/protocol/device-link/answer'
import { signRefusal } from '@hygeia/protocol/device-link/refusal'
import { isErasureSigned, type SignedErasure } from '@hygeia/protocol/erasure/erasure'
import { signHospitalAddress } from '@hygeia/protocol/hospital/address'
import {
  type Address,
  addressOf,
  fromHex,
  type Hex,
  type Hex32,
  parseHex32,
  toHex,
} from '@hygeia/protocol/ids'
import { areLabelKeysSigned, decodeLabelKeys } from '@hygeia/protocol/label-keys/label-keys'
import { encodeReceipt } from '@hygeia/protocol/receipt/codec'
import { cidOf, digestOfCid } from '@hygeia/protocol/sealed/cid'
import { decodeSealed } from '@hygeia/protocol/sealed/codec'
import { sealedDigester } from '@hygeia/protocol/sealed/signing'
import { recoverAddress } from '@hygeia/protocol/signature'
import type { RelayRequest } from '@hygeia/protocol/typed-data/chain'
import type { UnixMs } from '@hygeia/protocol/units'
import { hashMessage, Signature } from 'ethers'
import { SiweMessage } from 'siwe'
import { z } from 'zod'
import type { Fetch } from '../../src/hospital/transport.ts'
import { randomBytes, randomHex32 } from '../../src/random.ts'
import { Body, type Json, Refused, revived } from './answers.ts'
import type { Consortium, HospitalKeys } from './consortium.ts'
import type { Lies } from './lies.ts'
import { ProxyDouble } from './proxy.ts'
import { Shelf } from './shelf.ts'

export const BASE = 'https://hospital.test:8443'

/** The hospital's API in this process, with real keys, contracts and re-encryption, and nothing on disk. */
export class HospitalDouble {
  readonly keys: HospitalKeys
  readonly lies: Lies = {}
  /** Address that it is reached by. */
  base = BASE
  /** Requests by method and path, for tests that count. */
  readonly asked: string[] = []
  readonly shelf: Shelf
  readonly proxy: ProxyDouble
  readonly #consortium: Consortium
  readonly #nonces = new Set<string>()
  readonly #sessions = new Map<string, Address>()
  readonly #keysOfPhysicians = new Map<string, Json>()
  readonly #mailboxes = new Map<string, { offer?: Uint8Array; answer?: Uint8Array }>()
  readonly #labelKeys = new Map<string, Uint8Array>()
  readonly #addresses = new Map<string, Json>()

  constructor(consortium: Consortium, keys: HospitalKeys) {
    this.#consortium = consortium
    this.keys = keys
    this.shelf = new Shelf(consortium, keys)
    this.proxy = new ProxyDouble(consortium, keys, this.shelf, this.lies)
  }

  readonly fetch: Fetch = async (url, init) => {
    const { pathname, searchParams } = new URL(url)
    const method = init.method ?? 'GET'
    this.asked.push(`${method} ${pathname}`)
    const { reach, delayMs } = this.lies
    if (reach === 'away') throw new Error('connection refused')
    if (reach === 'frozen') await aborted(init.signal)
    if (delayMs !== undefined) await delay(delayMs)
    const headers = new Headers(init.headers)
    const token = headers.get('authorization')?.replace('Bearer ', '') ?? ''
    const isJson = headers.get('content-type') === 'application/json'
    const bytes = init.body instanceof Uint8Array ? init.body : new Uint8Array()
    const json = isJson && typeof init.body === 'string' ? Body.parse(JSON.parse(init.body)) : {}
    try {
      const account = () => this.#account(token)
      const answer = await this.#route(`${method} ${pathname}`, { json, bytes, searchParams, account })
      if (answer instanceof Uint8Array) return new Response(Uint8Array.from(answer))
      return answer === undefined ? new Response(null, { status: 204 }) : Response.json(answer)
    } catch (cause) {
      if (!(cause instanceof Refused)) throw cause
      const problem = { type: 'about:blank', title: cause.code, status: cause.status, code: cause.code }
      return Response.json(problem, { status: cause.status })
    }
  }

  endSessions(): void {
    this.#sessions.clear()
  }

  restart(): void {
    this.#mailboxes.clear()
    this.#sessions.clear()
  }

  putOffer(mailbox: Hex, offer: Uint8Array): void {
    this.#mailbox(mailbox).offer = offer
  }

  answer(mailbox: Hex): Uint8Array | undefined {
    return this.#mailbox(mailbox).answer
  }

  labelKeysOf(device: Address) {
    const bytes = this.#labelKeys.get(device)
    return bytes === undefined ? undefined : decodeLabelKeys(bytes)
  }

  /** Tell this hospital where another is reached, as a signed statement. */
  hear(stated: Json): void {
    this.#addresses.set(stated.hospital, stated)
  }

  /** Where this hospital says that it is reached. */
  stated(caHash: Hex32): Json {
    const address = { hospital: this.keys.operator, api: this.base, caHash, issued: Date.now() as UnixMs }
    const { signature, ...signed } = signHospitalAddress(this.#consortium.realm, address, this.keys.receipt)
    return { ...signed, signature: toHex(signature) }
  }

  #account(token: string): Address {
    const account = this.#sessions.get(token)
    if (account === undefined) throw new Refused(401, 'SIGNED_OUT')
    return account
  }

  #mailbox(name: string) {
    const mailbox = this.#mailboxes.get(name)
    if (mailbox === undefined) throw new Refused(404, 'MAILBOX_UNKNOWN')
    return mailbox
  }

  async #route(
    route: string,
    ask: { json: Json; bytes: Uint8Array; searchParams: URLSearchParams; account: () => Address },
  ): Promise<object | Uint8Array | undefined> {
    const { json, bytes, account } = ask
    const { realm, consent, anchor } = this.#consortium
    const parts = route.split('/')
    const name = parts[3] ?? ''
    switch (route.replace(/0x[0-9a-f]+|bafy[a-z2-7]+/, ':id')) {
      case 'GET /v1/realm':
        return {
          ...realm,
          consent,
          anchor,
          hospital: this.keys.operator,
          receiptKey: this.keys.receipt.address,
          proxyKey: toHex(this.keys.proxyKey),
          caHash: `0x${'ca'.repeat(32)}`,
          periodSec: 1,
          engine: 'embedded',
          singleSigner: true,
          ...this.lies.realm,
        }
      case 'GET /v1/hospitals':
        return [...this.#addresses.values()]
      case 'PUT /v1/hospitals/:id':
        this.hear({ hospital: name, ...json })
        return undefined
      case 'POST /v1/chain':
        return this.#chain(json)
      case 'POST /v1/relay':
        if (this.lies.isRelayDropped)
          return { transaction: randomHex32(), blockNumber: 1, blockHash: randomHex32() }
        return this.#consortium.relay(this.keys, revived(json) as RelayRequest)
      case 'GET /v1/receipts/:id': {
        const receipt = this.shelf.kept.get(name)?.receipt
        if (receipt === undefined) throw new Refused(404, 'NOT_FOUND')
        return encodeReceipt(receipt)
      }
      case 'PUT /v1/physicians/:id/key':
        this.#keysOfPhysicians.set(name, json)
        return undefined
      case 'GET /v1/physicians/:id/key': {
        const key = this.lies.physicianKey ?? this.#keysOfPhysicians.get(name)
        if (key === undefined) throw new Refused(404, 'NOT_FOUND')
        return key
      }
      case 'GET /v1/session/nonce': {
        const nonce = toHex(randomBytes(24)).slice(2)
        this.#nonces.add(nonce)
        return { nonce }
      }
      case 'POST /v1/session':
        return this.#signIn(json)
      case 'POST /v1/pairings': {
        account()
        if (!this.#mailboxes.has(json.mailbox)) this.#mailboxes.set(json.mailbox, {})
        return undefined
      }
      case 'GET /v1/pairings/:id/offer': {
        const { offer } = this.#mailbox(name)
        if (offer === undefined) throw new Refused(404, 'OFFER_MISSING')
        return this.lies.offer?.(offer) ?? offer
      }
      case 'PUT /v1/pairings/:id/answer':
        account()
        if (this.#mailbox(name).offer === undefined) throw new Refused(404, 'OFFER_MISSING')
        this.#mailbox(name).answer = bytes
        return undefined
      case 'GET /v1/devices/:id/label-keys': {
        account()
        const held = this.#labelKeys.get(name)
        if (held === undefined) throw new Refused(404, 'NOT_FOUND')
        return this.lies.labelKeys?.(held) ?? held
      }
      case 'PUT /v1/devices/:id/label-keys': {
        const signed = decodeLabelKeys(bytes)
        const before = this.#labelKeys.get(name)
        if (!areLabelKeysSigned(realm, signed, recoverAddress))
          throw new Refused(422, 'LABEL_KEYS_BAD_SIGNATURE')
        if (before !== undefined && decodeLabelKeys(before).serial >= signed.serial) {
          throw new Refused(409, 'LABEL_KEYS_STALE')
        }
        this.#labelKeys.set(name, bytes)
        return undefined
      }
      case 'GET /v1/grants':
        return this.proxy.list(account())
      case 'POST /v1/grants':
        return this.proxy.grant(account(), json)
      case 'POST /v1/revocations':
        return this.proxy.revoke(json)
      case 'POST /v1/erasures': {
        const { signature, ...order } = json
        const signed = { ...order, signature: fromHex(signature) } as unknown as SignedErasure
        if (account() !== signed.patient || !isErasureSigned(realm, signed, recoverAddress)) {
          throw new Refused(403, 'ERASURE_SIGNATURE')
        }
        return { batches: this.shelf.erase(signed.from, signed.to), waiting: 0, manifests: 1, grants: 0 }
      }
      case 'GET /v1/batches': {
        account()
        const grant = ask.searchParams.get('grant')
        return this.shelf.list(ask.searchParams, grant === null ? undefined : this.proxy.labelsOf(grant))
      }
      case 'POST /v1/batches':
        account()
        return encodeAnswers(this.#take(bytes))
      case 'POST /v1/blocks':
        account()
        return encodeCbor(
          z
            .array(z.string())
            .parse(json.cids)
            .map((cid) => this.#block(cid) ?? null),
        )
      case 'POST /v1/reencryptions':
        if (this.lies.busy !== undefined && this.lies.busy-- > 0) throw new Refused(503, 'PROXY_BUSY')
        return this.proxy.reencrypt(account(), json)
      case 'GET /v1/audit': {
        const patient = account()
        const lines = this.proxy.audit.filter(({ entry }) => entry.patient === patient)
        return {
          entries: lines.map(({ entry, signature, anchor: anchored }) => {
            const line = {
              entry: toHex(encodeAuditEntry(entry)),
              signature: toHex(signature),
              anchor: anchored,
            }
            return this.lies.auditAnchor?.(line) ?? line
          }),
          next: null,
        }
      }
    }
    throw new Refused(404, 'NO_SUCH_ROUTE')
  }

  async #chain(json: Json): Promise<object> {
    try {
      const result = await this.#consortium.anvil.ask(json.method, ...json.params)
      return { jsonrpc: '2.0', id: json.id, result }
    } catch (cause) {
      const message = cause instanceof Error ? cause.message : String(cause)
      return { jsonrpc: '2.0', id: json.id, error: { code: -32_000, message } }
    }
  }

  #take(block: Uint8Array): readonly Answer[] {
    const { realm } = this.#consortium
    const digest = parseHex32(toHex(digestOfCid(cidOf(block))))
    if (this.lies.busy !== undefined && this.lies.busy-- > 0)
      return [{ kind: 'busy', digest, delayMs: 1_000 }]
    const sealed = decodeSealed(block)
    const isSigned =
      recoverAddress(sealedDigester(realm)(sealed, sealed.ciphertext), sealed.signature) === sealed.device
    const knowsLabel = this.labelKeysOf(sealed.device)?.keys.some(({ label }) => label === sealed.label)
    if (isSigned && knowsLabel === true && this.lies.refusal === undefined) {
      this.shelf.store(block, cidOf(block))
      return []
    }
    const reason = isSigned ? 'WRONG_LABEL' : 'BAD_SIGNATURE'
    const refusal = { hospital: this.keys.operator, digest, reason } as const
    const signed = signRefusal(realm, refusal, this.keys.receipt)
    return [{ kind: 'refused', refusal: this.lies.refusal?.(signed) ?? signed }]
  }

  #signIn({ message, signature }: Json): object {
    const parsed = new SiweMessage(z.string().parse(message))
    const compact = fromHex(Signature.from(signature).compactSerialized)
    const account = addressOf(parsed.address)
    if (recoverAddress(fromHex(hashMessage(message)), compact) !== account)
      throw new Refused(401, 'SIGN_IN_SIGNATURE')
    const isMeant =
      parsed.domain === new URL(this.base).host && parsed.chainId === this.#consortium.realm.chainId
    if (!isMeant || !this.#nonces.delete(parsed.nonce)) throw new Refused(401, 'SIGN_IN_NONCE')
    const token = toHex(randomBytes(24))
    this.#sessions.set(token, account)
    return { token, expires: Date.now() + 900_000 }
  }

  #block(cid: string): Uint8Array | undefined {
    const block = this.shelf.kept.get(cid)?.block
    return block === undefined || this.lies.block === undefined ? block : this.lies.block(cid, block)
  }
}

/** Never resolves; rejects when whoever asked gives up. */
function aborted(signal: AbortSignal | null | undefined): Promise<never> {
  return new Promise((_, reject) => {
    signal?.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
}
