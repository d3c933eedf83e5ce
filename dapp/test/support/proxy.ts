import {
  type AuditEntry,
  auditLeafHash,
  encodeAuditEntry,
  signAuditEntry,
} from '@hygeia/protocol/audit/entry'
import { decodeGrant } from '@hygeia/protocol/grant/codec'
import { type Grant, grantHash } from '@hygeia/protocol/grant/grant'
import { unpackKfrags } from '@hygeia/protocol/grant/parcel'
import { type Address, fromHex, type Hex, type Hex32, parseHex32, toHex } from '@hygeia/protocol/ids'
import { merkleTree } from '@hygeia/protocol/merkle/tree'
import { isRequestSigned, requestDigest } from '@hygeia/protocol/request/request'
import { parseCid } from '@hygeia/protocol/sealed/cid'
import { recoverAddress } from '@hygeia/protocol/signature'
import type { RelayRequest } from '@hygeia/protocol/typed-data/chain'
import { Reencrypter } from '@hygeia/protocol/umbral/kfrag'
import type { UnixMs } from '@hygeia/protocol/units'
import { z } from 'zod'
import { randomBytes, randomHex32 } from '../../src/random.ts'
import { type Json, Refused, revived } from './answers.ts'
import { type Consortium, consentFace, type HospitalKeys } from './consortium.ts'
import type { Lies } from './lies.ts'
import type { Shelf } from './shelf.ts'

interface HeldGrant {
  readonly grant: Grant
  readonly document: Hex
  readonly reencrypters: Map<string, Reencrypter>
  isRevoked: boolean
}

export interface AuditLine {
  readonly entry: AuditEntry
  readonly signature: Uint8Array
  anchor: { root: Hex; proof: Hex[]; count: number; blockNumber: number; transaction: Hex32 } | undefined
}

/** A hospital as a proxy: grants, re-encryption with real fragments, and the audit log. */
export class ProxyDouble {
  readonly audit: AuditLine[] = []
  readonly #keys: HospitalKeys
  readonly #consortium: Consortium
  readonly #shelf: Shelf
  readonly #lies: Lies
  readonly #grants = new Map<Hex32, HeldGrant>()

  constructor(consortium: Consortium, keys: HospitalKeys, shelf: Shelf, lies: Lies) {
    this.#consortium = consortium
    this.#keys = keys
    this.#shelf = shelf
    this.#lies = lies
  }

  labelsOf(hash: string): ReadonlySet<string> {
    return new Set(this.#grants.get(parseHex32(hash))?.grant.labels.map(({ label }) => label))
  }

  list(account: Address): unknown[] {
    const held = [...this.#grants].filter(
      ([, { grant }]) => grant.patient === account || grant.physician === account,
    )
    const list = held.map(([hash, { document, isRevoked }]) => ({
      hash,
      grant: document,
      state: isRevoked ? 'revoked' : 'active',
    }))
    return this.#lies.grants?.(list) ?? list
  }

  async grant(patient: Address, { grant: document, consent, parcel }: Json): Promise<object> {
    const grant = decodeGrant(fromHex(document))
    const hash = grantHash(grant)
    const proxy = grant.proxies.find(({ hospital }) => hospital === this.#keys.operator)
    if (proxy === undefined || grant.patient !== patient) throw new Refused(422, 'PROXY_DIFFERS')
    const wrapped = { capsule: fromHex(parcel.capsule), ciphertext: fromHex(parcel.ciphertext) }
    const kfrags = unpackKfrags(this.#keys.proxySecret, wrapped, proxy, grant.labels.length)
    const reencrypters = new Map<string, Reencrypter>()
    for (const [index, { label, publicKey: delegatingKey }] of grant.labels.entries()) {
      const { verifyingKey, receivingKey } = grant
      const kfrag = kfrags[index] ?? new Uint8Array()
      reencrypters.set(label, new Reencrypter(kfrag, { verifyingKey, receivingKey, delegatingKey }))
    }
    this.#grants.set(hash, { grant, document, reencrypters, isRevoked: false })
    if (this.#lies.isRelayDropped) return { grant: hash, transaction: randomHex32(), blockNumber: 1 }
    const isThere = await this.#isActive(grant.patient, hash)
    const relayed = isThere
      ? { transaction: randomHex32(), blockNumber: 1 }
      : await this.#consortium.relay(this.#keys, revived({ kind: 'grant', ...consent }) as RelayRequest)
    return { grant: hash, ...relayed }
  }

  async revoke({ message, signature }: Json): Promise<object> {
    const held = this.#grants.get(message.grant)
    if (held !== undefined) held.isRevoked = true
    if (this.#lies.isRelayDropped) return { transaction: randomHex32(), blockNumber: 1 }
    return this.#consortium.relay(this.#keys, { kind: 'revoke', message, signature })
  }

  async anchorAudit(): Promise<void> {
    const waiting = this.audit.filter(({ anchor }) => anchor === undefined)
    const tree = merkleTree(waiting.map(({ entry }) => auditLeafHash(entry)))
    const mined = await this.#consortium.anchorRoot(this.#keys, 1, tree.root, waiting.length, randomBytes(32))
    for (const [index, line] of waiting.entries()) {
      const { blockNumber, transaction } = mined
      const proof = tree.proofOf(index).map(toHex)
      line.anchor = { root: toHex(tree.root), proof, count: waiting.length, blockNumber, transaction }
    }
  }

  async reencrypt(physician: Address, { request, signature }: Json): Promise<object> {
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
      hospital: this.#keys.operator,
      index: this.audit.length,
      at: Date.now() as UnixMs,
      event: isAllowed ? 'opened' : 'refused',
      patient: held.grant.patient,
      physician,
      grant: request.grant,
      request: parseHex32(toHex(requestDigest(realm, parsed))),
      batches: names.length,
      reason: isAllowed ? '' : 'GRANT_REVOKED',
      salt: randomHex32(),
    }
    const entrySignature = signAuditEntry(realm, entry, this.#keys.receipt)
    this.audit.push({ entry, signature: entrySignature, anchor: undefined })
    if (!isAllowed) throw new Refused(403, 'GRANT_REVOKED')
    const dealt = this.#grants.get(this.#lies.dealing ?? request.grant) ?? held
    const cfrags = new Map<string, Uint8Array>()
    for (const name of names) {
      const sealed = this.#shelf.kept.get(name)?.sealed
      const reencrypter = sealed === undefined ? undefined : dealt.reencrypters.get(sealed.label)
      if (sealed === undefined || reencrypter === undefined) continue
      const capsule = toHex(sealed.capsule)
      if (cfrags.has(capsule) || this.#lies.withheld?.(capsule) === true) continue
      const cfrag = reencrypter.reencrypt(sealed.capsule)
      cfrags.set(capsule, this.#lies.cfrag?.(cfrag) ?? cfrag)
    }
    const encoded = encodeAuditEntry(entry)
    return {
      entry: toHex(this.#lies.auditEntry?.(encoded) ?? encoded),
      entrySignature: toHex(entrySignature),
      cfrags: [...cfrags].map(([capsule, cfrag]) => ({ capsule, cfrag: toHex(cfrag) })),
      missing: names.filter((name) => !this.#shelf.kept.has(name)),
    }
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
}
