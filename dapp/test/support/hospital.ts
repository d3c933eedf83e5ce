import {
  type AuditEntry,
  auditLeafHash,
  encodeAuditEntry,
  signAuditEntry,
} from '@hygeia/protocol/audit/entry'
import { encodeCbor } from '@hygeia/protocol/cbor'
import { decodeGrant } from '@hygeia/protocol/grant/codec'
import { type Grant, grantHash } from '@hygeia/protocol/grant/grant'
import { unpackKfrags } from '@hygeia/protocol/grant/parcel'
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
import { batchLeafHash } from '@hygeia/protocol/merkle/leaf'
import { merkleTree } from '@hygeia/protocol/merkle/tree'
import { encodeReceipt } from '@hygeia/protocol/receipt/codec'
import { type Receipt, signAnchor } from '@hygeia/protocol/receipt/receipt'
import { isRequestSigned, requestDigest } from '@hygeia/protocol/request/request'
import { digestOfCid, formatCid, parseCid } from '@hygeia/protocol/sealed/cid'
import { decodeSealed } from '@hygeia/protocol/sealed/codec'
import type { SealedBatch } from '@hygeia/protocol/sealed/header'
import { recoverAddress } from '@hygeia/protocol/signature'
import type { RelayRequest } from '@hygeia/protocol/typed-data/chain'
import { Reencrypter } from '@hygeia/protocol/umbral/kfrag'
import type { UnixMs } from '@hygeia/protocol/units'
import { hashMessage, Signature } from 'ethers'
import { SiweMessage } from 'siwe'
import { z } from 'zod'
import type { Fetch } from '../../src/hospital/transport.ts'
import { randomBytes, randomHex32 } from '../../src/random.ts'
import { type Consortium, consentFace, type HospitalKeys } from './consortium.ts'

export const BASE = 'https://hospital.test:8443'

interface Kept {
  readonly block: Uint8Array
  readonly sealed: SealedBatch
  receipt: Receipt | undefined
}
interface HeldGrant {
  readonly grant: Grant
  readonly document: Hex
  readonly reencrypters: Map<string, Reencrypter>
  isRevoked: boolean
}
interface AuditLine {
  readonly entry: AuditEntry
  readonly signature: Uint8Array
  anchor: { root: Hex; proof: Hex[]; count: number; blockNumber: number; transaction: Hex32 } | undefined
}

/** Where a test makes the hospital lie. */
export interface Lies {
  physicianKey?: { receivingKey: Hex; signature: Hex }
  block?: (cid: string, block: Uint8Array) => Uint8Array | undefined
  cfrag?: (cfrag: Uint8Array) => Uint8Array
  grants?: (list: unknown[]) => unknown[]
  labelKeys?: (bytes: Uint8Array) => Uint8Array
  offer?: (bytes: Uint8Array) => Uint8Array
  isRelayDropped?: boolean
  realm?: object
  /** How many requests are turned away. */
  busy?: number
  auditAnchor?: (line: object) => object
}

class Refused extends Error {
  readonly status: number
  readonly code: string
  constructor(status: number, code: string) {
    super(code)
    this.status = status
    this.code = code
  }
}

type Json = z.infer<typeof Body>
const Body = z.record(z.string(), z.any())

/** The hospital's API in this process, with real keys, contracts and re-encryption, and nothing on disk. */
export class HospitalDouble {
  readonly keys: HospitalKeys
  readonly lies: Lies = {}
  /** Address that it is reached by. */
  base = BASE
  /** Requests by method and path, for tests that count. */
  readonly asked: string[] = []
  now = () => Date.now() as UnixMs
  readonly audit: AuditLine[] = []
  readonly kept = new Map<string, Kept>()
  readonly #consortium: Consortium
  readonly #nonces = new Set<string>()
  readonly #sessions = new Map<string, Address>()
  readonly #keysOfPhysicians = new Map<string, Json>()
  readonly #mailboxes = new Map<string, { offer?: Uint8Array; answer?: Uint8Array }>()
  readonly #labelKeys = new Map<string, Uint8Array>()
  readonly #grants = new Map<Hex32, HeldGrant>()

  constructor(consortium: Consortium, keys: HospitalKeys) {
    this.#consortium = consortium
    this.keys = keys
  }

  readonly fetch: Fetch = async (url, init) => {
    const { pathname, searchParams } = new URL(url)
    const method = init.method ?? 'GET'
    this.asked.push(`${method} ${pathname}`)
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

  store(block: Uint8Array, cid: Uint8Array): string {
    const name = formatCid(cid)
    this.kept.set(name, { block, sealed: decodeSealed(block), receipt: undefined })
    return name
  }

  /** Anchor everything that has no receipt yet. */
  async anchor(): Promise<void> {
    const waiting = [...this.kept].filter(([, { receipt }]) => receipt === undefined)
    const leaves = waiting.map(([name, { sealed }]) => {
      const { device, incarnation, sequence } = sealed
      return { device, incarnation, sequence, digest: digestOfCid(parseCid(name)) }
    })
    const tree = merkleTree(leaves.map(batchLeafHash))
    const manifest = randomBytes(32)
    const { realm } = this.#consortium
    const mined = await this.#consortium.anchorRoot(this.keys, 0, tree.root, leaves.length, manifest)
    const statement = {
      hospital: this.keys.operator,
      root: parseHex32(toHex(tree.root)),
      count: leaves.length,
      manifest: parseHex32(toHex(manifest)),
      ...mined,
    }
    const anchor = signAnchor(realm, statement, this.keys.receipt)
    for (const [index, [, kept]] of waiting.entries()) {
      const leaf = leaves[index]
      if (leaf !== undefined) kept.receipt = { anchor, leaf, proof: tree.proofOf(index) }
    }
  }

  async anchorAudit(): Promise<void> {
    const waiting = this.audit.filter(({ anchor }) => anchor === undefined)
    const tree = merkleTree(waiting.map(({ entry }) => auditLeafHash(entry)))
    const mined = await this.#consortium.anchorRoot(this.keys, 1, tree.root, waiting.length, randomBytes(32))
    for (const [index, line] of waiting.entries()) {
      const { blockNumber, transaction } = mined
      const proof = tree.proofOf(index).map(toHex)
      line.anchor = { root: toHex(tree.root), proof, count: waiting.length, blockNumber, transaction }
    }
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
      case 'POST /v1/chain':
        return this.#chain(json)
      case 'POST /v1/relay':
        if (this.lies.isRelayDropped)
          return { transaction: randomHex32(), blockNumber: 1, blockHash: randomHex32() }
        return this.#consortium.relay(this.keys, revived(json) as RelayRequest)
      case 'GET /v1/receipts/:id': {
        const receipt = this.kept.get(name)?.receipt
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
        return this.#listGrants(account())
      case 'POST /v1/grants':
        return this.#grant(account(), json)
      case 'POST /v1/revocations':
        return this.#revoke(json)
      case 'GET /v1/batches':
        account()
        return this.#batches(ask.searchParams)
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
        return this.#reencrypt(account(), json)
      case 'GET /v1/audit': {
        const patient = account()
        const lines = this.audit.filter(({ entry }) => entry.patient === patient)
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
    return { token, expires: this.now() + 900_000 }
  }

  #listGrants(account: Address): unknown[] {
    const held = [...this.#grants].filter(
      ([, { grant }]) => grant.patient === account || grant.physician === account,
    )
    const list = held.map(([hash, { document, isRevoked }]) => ({
      hash,
      grant: document,
      state: isRevoked ? 'revoked' : 'active',
    }))
    return this.lies.grants?.(list) ?? list
  }

  async #grant(patient: Address, { grant: document, consent, parcel }: Json): Promise<object> {
    const grant = decodeGrant(fromHex(document))
    const hash = grantHash(grant)
    const proxy = grant.proxies.find(({ hospital }) => hospital === this.keys.operator)
    if (proxy === undefined || grant.patient !== patient) throw new Refused(422, 'PROXY_DIFFERS')
    const wrapped = { capsule: fromHex(parcel.capsule), ciphertext: fromHex(parcel.ciphertext) }
    const kfrags = unpackKfrags(this.keys.proxySecret, wrapped, proxy, grant.labels.length)
    const reencrypters = new Map<string, Reencrypter>()
    for (const [index, { label, publicKey: delegatingKey }] of grant.labels.entries()) {
      const { verifyingKey, receivingKey } = grant
      const kfrag = kfrags[index] ?? new Uint8Array()
      reencrypters.set(label, new Reencrypter(kfrag, { verifyingKey, receivingKey, delegatingKey }))
    }
    this.#grants.set(hash, { grant, document, reencrypters, isRevoked: false })
    if (this.lies.isRelayDropped) return { grant: hash, transaction: randomHex32(), blockNumber: 1 }
    const isThere = await this.#isActive(grant.patient, hash)
    const relayed = isThere
      ? { transaction: randomHex32(), blockNumber: 1 }
      : await this.#consortium.relay(this.keys, revived({ kind: 'grant', ...consent }) as RelayRequest)
    return { grant: hash, ...relayed }
  }

  async #revoke({ message, signature }: Json): Promise<object> {
    const held = this.#grants.get(message.grant)
    if (held !== undefined) held.isRevoked = true
    if (this.lies.isRelayDropped) return { transaction: randomHex32(), blockNumber: 1 }
    return this.#consortium.relay(this.keys, { kind: 'revoke', message, signature })
  }

  async #isActive(patient: Address, grant: Hex32): Promise<boolean> {
    const data = consentFace.encodeFunctionData('isActive', [patient, grant])
    const answer = await this.#consortium.anvil.ask(
      'eth_call',
      { to: this.#consortium.consent, data },
      'latest',
    )
    return BigInt(String(answer)) === 1n
  }

  #batches(query: URLSearchParams): object {
    const [from, to, limit] = ['from', 'to', 'limit'].map((key) => Number(query.get(key)))
    const start = Number(query.get('cursor') ?? 0)
    const grant = this.#grants.get(parseHex32(query.get('grant') ?? ''))?.grant
    const labels = new Set<string>(grant?.labels.map(({ label }) => label))
    const all = [...this.kept].filter(
      ([, { sealed }]) => labels.has(sealed.label) && sealed.to >= (from ?? 0) && sealed.from < (to ?? 0),
    )
    const page = all.slice(start, start + (limit ?? 1))
    const next = start + page.length < all.length ? String(start + page.length) : undefined
    const batches = page.map(([cid, { sealed, receipt }]) => {
      const { device, label, incarnation, sequence, isDated, priority } = sealed
      const state = receipt === undefined ? 'stored' : 'anchored'
      return {
        cid,
        device,
        label,
        incarnation,
        sequence,
        from: sealed.from,
        to: sealed.to,
        isDated,
        priority,
        state,
      }
    })
    return { batches, next }
  }

  #block(cid: string): Uint8Array | undefined {
    const block = this.kept.get(cid)?.block
    return block === undefined || this.lies.block === undefined ? block : this.lies.block(cid, block)
  }

  async #reencrypt(physician: Address, { request, signature }: Json): Promise<object> {
    const { realm } = this.#consortium
    const names = z.array(z.string()).parse(request.batches)
    const parsed = { ...request, batches: names.map(parseCid) }
    const held = this.#grants.get(request.grant)
    const isFair =
      held !== undefined &&
      held.grant.physician === physician &&
      isRequestSigned(realm, parsed, fromHex(signature), recoverAddress)
    if (!isFair) throw new Refused(403, 'REQUEST_SIGNATURE')
    const isAllowed = !held.isRevoked && (await this.#isActive(held.grant.patient, request.grant))
    const entry: AuditEntry = {
      hospital: this.keys.operator,
      index: this.audit.length,
      at: this.now(),
      event: isAllowed ? 'opened' : 'refused',
      patient: held.grant.patient,
      physician,
      grant: request.grant,
      request: parseHex32(toHex(requestDigest(realm, parsed))),
      batches: names.length,
      reason: isAllowed ? '' : 'GRANT_REVOKED',
      salt: randomHex32(),
    }
    const entrySignature = signAuditEntry(realm, entry, this.keys.receipt)
    this.audit.push({ entry, signature: entrySignature, anchor: undefined })
    if (!isAllowed) throw new Refused(403, 'GRANT_REVOKED')
    const cfrags = new Map<string, Uint8Array>()
    for (const name of names) {
      const sealed = this.kept.get(name)?.sealed
      const reencrypter = sealed === undefined ? undefined : held.reencrypters.get(sealed.label)
      if (sealed === undefined || reencrypter === undefined) continue
      const capsule = toHex(sealed.capsule)
      if (cfrags.has(capsule)) continue
      const cfrag = reencrypter.reencrypt(sealed.capsule)
      cfrags.set(capsule, this.lies.cfrag?.(cfrag) ?? cfrag)
    }
    return {
      entry: toHex(encodeAuditEntry(entry)),
      entrySignature: toHex(entrySignature),
      cfrags: [...cfrags].map(([capsule, cfrag]) => ({ capsule, cfrag: toHex(cfrag) })),
    }
  }
}

/** A relay request as it was before JSON: nonces are decimal text there. */
function revived({ kind, message, ...signatures }: Json): unknown {
  const nonce = message.nonce === undefined ? {} : { nonce: BigInt(message.nonce) }
  return { kind, message: { ...message, ...nonce }, ...signatures }
}
