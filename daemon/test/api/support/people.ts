import { randomBytes } from 'node:crypto'
import {
  encodeDeviceHospitals,
  signDeviceHospitals,
} from '@hygeia/protocol/device-hospitals/device-hospitals'
import { encodeGrant } from '@hygeia/protocol/grant/codec'
import { type Grant, grantHash } from '@hygeia/protocol/grant/grant'
import { commitmentOf, packKfrags } from '@hygeia/protocol/grant/parcel'
import { keyDigest, signPhysicianKey } from '@hygeia/protocol/grant/physician-key'
import { fromHex, type Hex32, type Incarnation, toHex } from '@hygeia/protocol/ids'
import type { Label } from '@hygeia/protocol/label'
import { encodeLabelKeys, signLabelKeys } from '@hygeia/protocol/label-keys/label-keys'
import { batchLeafHash } from '@hygeia/protocol/merkle/leaf'
import { type ReencryptionRequest, signRequest } from '@hygeia/protocol/request/request'
import { cidOf, digestOfCid, parseCid } from '@hygeia/protocol/sealed/cid'
import { decodeSealed } from '@hygeia/protocol/sealed/codec'
import { sealBatch } from '@hygeia/protocol/sealed/seal'
import { sealedDigester } from '@hygeia/protocol/sealed/signing'
import { keySigner, type Signer, toContractSignature } from '@hygeia/protocol/signature'
import {
  BIND_DEVICE,
  GRANT_CONSENT,
  REGISTER_PATIENT,
  REGISTER_PHYSICIAN,
  REVOKE_CONSENT,
  type RelayRequest,
} from '@hygeia/protocol/typed-data/chain'
import { digestOf, type Realm } from '@hygeia/protocol/typed-data/domain'
import { wrap } from '@hygeia/protocol/umbral/encrypt'
import { labelSecretKey, publicKey, randomSecretKey } from '@hygeia/protocol/umbral/keys'
import { dealKfrags } from '@hygeia/protocol/umbral/kfrag'
import type { UnixMs } from '@hygeia/protocol/units'
import { getAddress, hashMessage } from 'ethers'
import { SiweMessage } from 'siwe'
import type { Client } from './client.ts'
import type { Hospital } from './hospital.ts'

export const nonce = () => BigInt(toHex(randomBytes(32)))
export const inAnHour = () => Math.floor(Date.now() / 1_000) + 3_600
export const hex32 = () => toHex(randomBytes(32)) as string as Hex32

export class Account {
  readonly signer: Signer = keySigner(randomBytes(32))
  readonly realm: Realm
  readonly client: Client
  token: string | undefined

  constructor({ realm, client }: { readonly realm: Realm; readonly client: Client }) {
    this.realm = realm
    this.client = client
  }

  get address() {
    return this.signer.address
  }

  /** An EIP-4361 message as a wallet would be asked to sign it. */
  async signInMessage(changes: Partial<SiweMessage> = {}) {
    const { json } = await this.client.ask('/v1/session/nonce')
    return new SiweMessage({
      domain: `127.0.0.1:${this.client.port}`,
      address: getAddress(this.address),
      uri: `https://127.0.0.1:${this.client.port}`,
      version: '1',
      chainId: this.realm.chainId,
      nonce: String(json.nonce),
      issuedAt: new Date().toISOString(),
      ...changes,
    }).prepareMessage()
  }

  signMessage(message: string): string {
    return toContractSignature(this.signer.sign(fromHex(hashMessage(message))))
  }

  async signIn(): Promise<string> {
    const message = await this.signInMessage()
    const { status, json } = await this.client.ask('/v1/session', {
      json: { message, signature: this.signMessage(message) },
    })
    if (status !== 201) throw new Error(`not signed in: ${JSON.stringify(json)}`)
    this.token = String(json.token)
    return this.token
  }

  relay(request: RelayRequest) {
    return this.client.ask('/v1/relay', { json: request })
  }
}

/** Somebody who works at the hospital. */
export class Colleague extends Account {}

export class Patient extends Account {
  readonly factorySeed = randomBytes(32)
  readonly signingSecret = randomSecretKey()

  registration(): RelayRequest {
    const message = { patient: this.address, nonce: nonce(), deadline: inAnHour() }
    const signature = toHex(this.signer.sign(digestOf(this.realm, REGISTER_PATIENT, message)))
    return { kind: 'register-patient', message, signature }
  }

  labelKey(label: Label) {
    return { label, publicKey: publicKey(labelSecretKey(this.factorySeed, label)) }
  }

  labelKeys(device: Device, labels: readonly Label[], serial = 1): Uint8Array {
    const keys = labels.map((label) => this.labelKey(label))
    const unsigned = { patient: this.address, device: device.address, serial, keys }
    return encodeLabelKeys(signLabelKeys(this.realm, unsigned, this.signer))
  }

  /** One hospital, that of the tests, as a list for a device. */
  hospitals(device: Device, { hospital: { operator, receipt }, tls }: Hospital, serial = 1): Uint8Array {
    const one = {
      hospital: operator,
      receiptKey: receipt,
      caHash: tls.caHash,
      api: 'https://hospital.example',
    }
    const unsigned = { patient: this.address, device: device.address, serial, hospitals: [one] }
    return encodeDeviceHospitals(signDeviceHospitals(this.realm, unsigned, this.signer))
  }

  binding(device: Device): RelayRequest {
    const message = { device: device.address, patient: this.address, nonce: nonce(), deadline: inAnHour() }
    const digest = digestOf(this.realm, BIND_DEVICE, message)
    return {
      kind: 'bind-device',
      message,
      deviceSignature: toHex(device.signer.sign(digest)),
      patientSignature: toHex(this.signer.sign(digest)),
    }
  }

  /** A grant as it is posted, dealt to this one proxy. */
  grant(hospital: Hospital, physician: Physician, labels: readonly Label[], changes: Partial<Grant> = {}) {
    const { operator } = hospital.hospital
    const receivingKey = changes.receivingKey ?? physician.receivingKey
    const kfrags = labels.map((label) => {
      const [kfrag = new Uint8Array()] = dealKfrags({
        delegatingSecret: labelSecretKey(this.factorySeed, label),
        receivingKey,
        signingSecret: this.signingSecret,
        threshold: 1,
        shares: 1,
      })
      return kfrag
    })
    const now = Date.now()
    const grant: Grant = {
      patient: this.address,
      physician: physician.address,
      receivingKey,
      verifyingKey: publicKey(this.signingSecret),
      labels: labels.map((label) => this.labelKey(label)),
      dataFrom: Date.UTC(2026, 0) as UnixMs,
      dataTo: Date.UTC(2026, 2) as UnixMs,
      accessFrom: (now - 60_000) as UnixMs,
      accessTo: (Math.floor(now / 1_000) * 1_000 + 86_400_000) as UnixMs,
      threshold: 1,
      proxies: [{ hospital: operator, proxyKey: hospital.keys.proxyKey, commitment: commitmentOf(kfrags) }],
      salt: hex32(),
      ...changes,
    }
    const parcel = packKfrags(hospital.keys.proxyKey, kfrags)
    return { ...this.consentTo(grant), document: grant, kfrags, parcel: hexOf(parcel) }
  }

  consentTo(grant: Grant, signer: Signer = this.signer) {
    const hash = grantHash(grant)
    const message = {
      patient: grant.patient,
      grant: hash,
      accessEnd: Math.floor(grant.accessTo / 1_000),
      nonce: nonce(),
      deadline: inAnHour(),
    }
    const signature = toHex(signer.sign(digestOf(this.realm, GRANT_CONSENT, message)))
    return { hash, grant: toHex(encodeGrant(grant)), consent: { message, signature } }
  }

  revocation(grant: Hex32, signer: Signer = this.signer) {
    const message = { patient: this.address, grant }
    return { message, signature: toHex(signer.sign(digestOf(this.realm, REVOKE_CONSENT, message))) }
  }
}

function hexOf({ capsule, ciphertext }: { capsule: Uint8Array; ciphertext: Uint8Array }) {
  return { capsule: toHex(capsule), ciphertext: toHex(ciphertext) }
}

export class Physician extends Account {
  readonly secret = randomSecretKey()
  readonly receivingKey = publicKey(this.secret)

  registration(): RelayRequest {
    const message = {
      physician: this.address,
      keyDigest: keyDigest(this.receivingKey),
      nonce: nonce(),
      deadline: inAnHour(),
    }
    const signature = toHex(this.signer.sign(digestOf(this.realm, REGISTER_PHYSICIAN, message)))
    return { kind: 'register-physician', message, signature }
  }

  signedKey() {
    const { receivingKey } = this
    const { signature } = signPhysicianKey(this.realm, { physician: this.address, receivingKey }, this.signer)
    return { receivingKey: toHex(receivingKey), signature: toHex(signature) }
  }

  request(
    hospital: Hospital,
    grant: Hex32,
    cids: readonly string[],
    changes: Partial<ReencryptionRequest> = {},
  ) {
    const request: ReencryptionRequest = {
      physician: this.address,
      grant,
      batches: cids.map(parseCid),
      proxies: [hospital.hospital.operator],
      nonce: hex32(),
      expires: (Date.now() + 120_000) as UnixMs,
      ...changes,
    }
    const signature = toHex(signRequest(this.realm, request, this.signer))
    return { request: { ...request, batches: cids }, signature }
  }
}

/** Seals batches of random bytes: nobody here opens more than their data keys. */
export class Device {
  readonly signer: Signer = keySigner(randomBytes(32))
  readonly incarnation = toHex(randomBytes(8)) as string as Incarnation
  readonly #digest: ReturnType<typeof sealedDigester>
  readonly #dataKeys = new Map<
    string,
    { readonly key: Uint8Array; readonly capsule: Uint8Array; readonly ciphertext: Uint8Array }
  >()
  #sequence = 0

  constructor(realm: Realm) {
    this.#digest = sealedDigester(realm)
  }

  get address() {
    return this.signer.address
  }

  /** @param epoch - batches of one epoch share their data key */
  seal(patient: Patient, label: Label, from: number, epoch: string | number = this.#sequence) {
    const name = `${label}/${epoch}`
    const held = this.#dataKeys.get(name) ?? this.#fresh(patient, label, name)
    const header = {
      device: this.address,
      label,
      incarnation: this.incarnation,
      sequence: this.#sequence++,
      prev: undefined,
      from: from as UnixMs,
      to: (from + 59_000) as UnixMs,
      isDated: true,
      priority: 'vitals' as const,
      capsule: held.capsule,
      wrappedKey: held.ciphertext,
    }
    const { block } = sealBatch(randomBytes(496), header, held.key, this.signer, this.#digest)
    return { block, cid: cidOf(block), dataKey: held.key }
  }

  #fresh(patient: Patient, label: Label, name: string) {
    const key = randomBytes(32)
    const fresh = { key, ...wrap(patient.labelKey(label).publicKey, key) }
    this.#dataKeys.set(name, fresh)
    return fresh
  }
}

/** Put a sealed batch into the hospital's journal, as its ingest would. */
export async function take(hospital: Hospital, block: Uint8Array): Promise<void> {
  const header = decodeSealed(block)
  const digest = digestOfCid(cidOf(block))
  const { device, incarnation, sequence } = header
  await hospital.store.take({
    bytes: block,
    header,
    digest,
    leafHash: batchLeafHash({ device, incarnation, sequence, digest }),
    at: Date.now() as UnixMs,
  })
}
