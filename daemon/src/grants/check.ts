import { sameBytes } from '@hygeia/protocol/cbor'
import { decodeGrant } from '@hygeia/protocol/grant/codec'
import { type Grant, grantHash } from '@hygeia/protocol/grant/grant'
import { mayHold } from '@hygeia/protocol/grant/holder'
import { unpackKfrags } from '@hygeia/protocol/grant/parcel'
import { keyDigest } from '@hygeia/protocol/grant/physician-key'
import { type Address, fromHex, type Hex32 } from '@hygeia/protocol/ids'
import type { LabelKeys } from '@hygeia/protocol/label-keys/label-keys'
import type { Recover } from '@hygeia/protocol/signature'
import { GRANT_CONSENT } from '@hygeia/protocol/typed-data/chain'
import { digestOf, type Realm } from '@hygeia/protocol/typed-data/domain'
import type { Wrapped } from '@hygeia/protocol/umbral/encrypt'
import type { FragKeys } from '@hygeia/protocol/umbral/kfrag'
import { DAY_MS, type UnixMs } from '@hygeia/protocol/units'
import { GrantError } from './errors.ts'
import type { SignedConsent } from './record.ts'

/** A grant as a patient hands it in. */
export interface OfferedGrant {
  /** The document, canonical DAG-CBOR. */
  readonly bytes: Uint8Array
  readonly consent: SignedConsent
  /** This proxy's fragments, encrypted to its key. */
  readonly parcel: Wrapped
}

export interface CheckedGrant {
  readonly hash: Hex32
  readonly grant: Grant
  /** Verified, in the order of the labels. */
  readonly kfrags: readonly Uint8Array[]
}

export interface ProxyIdentity {
  readonly realm: Realm
  /** Operator account of this hospital. */
  readonly hospital: Address
  /** Umbral public key that fragments are encrypted to, 33 bytes. */
  readonly proxyKey: Uint8Array
}

export interface CheckDeps {
  /** Umbral secret of `proxyKey`, 32 bytes. */
  readonly proxySecret: Uint8Array
  readonly recover: Recover
  readonly physicians: {
    physician(account: Address): Promise<{ readonly status: string; readonly keyDigest: Hex32 } | undefined>
  }
  /** Which devices a patient has, and the newest keys that he signed for each. */
  readonly devices: { devicesOf(patient: Address): readonly Address[] }
  readonly labelKeys: { get(device: Address): Promise<LabelKeys | undefined> }
  /** Verifies fragments, off this thread. @returns index of the first that is not genuine */
  readonly verifier: {
    verify(
      frags: readonly { readonly kfrag: Uint8Array; readonly keys: FragKeys }[],
    ): Promise<number | undefined>
  }
}

/** 13 months of 31 days. */
const DATA_LIMIT_MS = 13 * 31 * DAY_MS

/**
 * Everything that can be known of a grant before the chain is told; cheapest first.
 *
 * @param now - time of the newest block
 * @throws {GrantError} naming the first thing that is wrong
 * @throws {MalformedError} when the document is not canonical
 */
export async function checkGrant(
  { bytes, consent, parcel }: OfferedGrant,
  { realm, hospital, proxyKey }: ProxyIdentity,
  deps: CheckDeps,
  now: UnixMs,
): Promise<CheckedGrant> {
  const grant = decodeGrant(bytes)
  const hash = grantHash(grant)
  checkConsent(realm, grant, hash, consent, deps.recover)
  if (grant.accessTo <= now || grant.dataTo - grant.dataFrom > DATA_LIMIT_MS) {
    throw new GrantError('access is over, or more than 13 months of data', { code: 'GRANT_RANGE' })
  }
  const proxy = grant.proxies.find((one) => one.hospital === hospital)
  if (proxy === undefined || !sameBytes(proxy.proxyKey, proxyKey)) {
    throw new GrantError('not for this proxy', { code: 'PROXY_DIFFERS' })
  }
  const physician = await deps.physicians.physician(grant.physician)
  if (physician === undefined || !mayHold(grant, physician.status)) {
    throw new GrantError('the physician is not admitted', { code: 'PHYSICIAN_NOT_ACTIVE' })
  }
  if (physician.keyDigest !== keyDigest(grant.receivingKey)) {
    throw new GrantError('another key is registered', { code: 'PHYSICIAN_KEY_DIFFERS' })
  }
  await checkLabelKeys(grant, deps)
  const kfrags = unpack(() => unpackKfrags(deps.proxySecret, parcel, proxy, grant.labels.length))
  await checkKfrags(grant, kfrags, deps.verifier)
  return { hash, grant, kfrags }
}

function checkConsent(
  realm: Realm,
  grant: Grant,
  hash: Hex32,
  { message, signature }: SignedConsent,
  recover: Recover,
): void {
  // The chain counts seconds: the end may be rounded either way.
  const isSameEnd = Math.abs(message.accessEnd * 1_000 - grant.accessTo) < 1_000
  if (message.patient !== grant.patient || message.grant !== hash || !isSameEnd) {
    throw new GrantError('the consent is for something else', { code: 'CONSENT_DIFFERS' })
  }
  if (recover(digestOf(realm, GRANT_CONSENT, message), fromHex(signature)) !== grant.patient) {
    throw new GrantError('not signed by the patient', { code: 'CONSENT_SIGNATURE' })
  }
}

/** A label that no held document names may be an older one, and passes: its fragment is checked all the same. */
async function checkLabelKeys(
  { patient, labels }: Grant,
  { devices, labelKeys }: Pick<CheckDeps, 'devices' | 'labelKeys'>,
): Promise<void> {
  const documents = await Promise.all(devices.devicesOf(patient).map((device) => labelKeys.get(device)))
  const signed = documents.flatMap((document) => document?.keys ?? [])
  for (const { label, publicKey } of labels) {
    const known = signed.filter((key) => key.label === label)
    if (known.length > 0 && !known.some((key) => sameBytes(key.publicKey, publicKey))) {
      throw new GrantError('the patient signed another key', { code: 'LABEL_KEY_DIFFERS', label })
    }
  }
}

function unpack(open: () => readonly Uint8Array[]): readonly Uint8Array[] {
  try {
    return open()
  } catch (cause) {
    throw new GrantError('the parcel is not as committed', { code: 'PARCEL_INVALID' }, { cause })
  }
}

async function checkKfrags(
  { verifyingKey, receivingKey, labels }: Grant,
  kfrags: readonly Uint8Array[],
  verifier: CheckDeps['verifier'],
): Promise<void> {
  const frags = kfrags.flatMap((kfrag, index) => {
    const key = labels[index]
    return key === undefined
      ? []
      : [{ kfrag, keys: { verifyingKey, delegatingKey: key.publicKey, receivingKey } }]
  })
  const bad = await verifier.verify(frags)
  if (bad === undefined) return
  const label = labels[bad]?.label ?? ''
  throw new GrantError('a fragment is not genuine', { code: 'KFRAG_INVALID', label })
}
