import type { AuditEntry } from '@hygeia/protocol/audit/entry'
import type { SignedDeviceHospitals } from '@hygeia/protocol/device-hospitals/device-hospitals'
import type { Answer } from '@hygeia/protocol/device-link/answer'
import type { Standing } from '@hygeia/protocol/device-link/standing'
import type { SignedBreakGlass } from '@hygeia/protocol/emergency/emergency'
import type { SignedErasure } from '@hygeia/protocol/erasure/erasure'
import type { Grant } from '@hygeia/protocol/grant/grant'
import type { SignedPhysicianKey } from '@hygeia/protocol/grant/physician-key'
import type { SignedHospitalAddress } from '@hygeia/protocol/hospital/address'
import type { Address, Hex, Hex32, Incarnation } from '@hygeia/protocol/ids'
import type { Label } from '@hygeia/protocol/label'
import type { SignedLabelKeys } from '@hygeia/protocol/label-keys/label-keys'
import type { ReencryptionRequest } from '@hygeia/protocol/request/request'
import type { Priority } from '@hygeia/protocol/sealed/header'
import type {
  GrantConsent,
  OpenEmergency,
  RelayRequest,
  RevokeConsent,
} from '@hygeia/protocol/typed-data/chain'
import type { Wrapped } from '@hygeia/protocol/umbral/encrypt'
import type { UnixMs } from '@hygeia/protocol/units'
import type { VotedPlace } from './routes/hospitals.ts'

/** What a client must know of this hospital and its chain before it can do anything. */
export interface RealmDocument {
  readonly chainId: number
  readonly directory: Address
  readonly genesis: Hex32
  readonly consent: Address
  readonly anchor: Address
  /** Operator account. */
  readonly hospital: Address
  readonly receiptKey: Address
  readonly proxyKey: Hex
  /** SHA-256 of the CA certificate in DER. */
  readonly caHash: Hex32
  /** `mqtts://host:port` */
  readonly mqtt: string
  /** `coap://host:port` */
  readonly coap: string
  readonly periodSec: number
  /** Blocks from one list of signers to the next. */
  readonly epoch?: number | undefined
  readonly engine: string
  readonly singleSigner: boolean
}

export interface Place {
  readonly transaction: Hex32
  readonly blockNumber: number
}

export interface BlockPlace extends Place {
  readonly blockHash: Hex32
}

export interface SignedIn {
  readonly account: Address
  readonly roles: ReadonlySet<'patient' | 'physician' | 'viewer' | 'operator'>
  readonly expires: UnixMs
}

export interface SessionPort {
  nonce(): string
  signIn(signed: { readonly message: string; readonly signature: string }): Promise<{
    readonly token: string
    readonly session: SignedIn
  }>
  find(token: string): SignedIn | undefined
  /** As `find`; a session of which half is over goes on from now, as far as its account is still registered. */
  renewed(token: string): Promise<SignedIn | undefined>
  signOut(token: string): void
}

export interface ChainPort {
  request(call: { readonly method: string; readonly params?: readonly unknown[] }): Promise<unknown>
}

export interface RelayPort {
  send(request: RelayRequest): Promise<BlockPlace>
}

export interface MailboxPort {
  open(name: string, patient: Address, expires: UnixMs): void
  putOffer(name: string, bytes: Uint8Array): void
  offer(name: string): Uint8Array
  putAnswer(name: string, patient: Address, bytes: Uint8Array): void
  answer(name: string): Uint8Array
}

export interface PhysicianKeyPort {
  put(key: SignedPhysicianKey): Promise<void>
  get(physician: Address): Promise<SignedPhysicianKey | undefined>
}

export interface KnownGrant {
  readonly hash: Hex32
  readonly bytes: Uint8Array
  readonly grant: Grant
  readonly standing: 'pending' | 'active' | 'sealed' | 'revoked' | 'expired'
}

export interface GrantPort {
  put(offered: {
    readonly bytes: Uint8Array
    readonly consent: { readonly message: GrantConsent; readonly signature: Hex }
    readonly parcel: Wrapped
  }): Promise<{ readonly hash: Hex32; readonly place: Place }>
  revoke(message: RevokeConsent, signature: Hex): Promise<Place>
  find(hash: Hex32): Promise<KnownGrant | undefined>
  of(account: Address): Promise<readonly KnownGrant[]>
}

/** What is known of a batch without opening it. */
export interface ListedBatch {
  readonly device: Address
  /** SHA-256 digest in its CID. */
  readonly digest: Uint8Array
  readonly label: Label
  readonly incarnation: Incarnation
  readonly sequence: number
  readonly from: UnixMs
  readonly to: UnixMs
  readonly isDated: boolean
  readonly priority: Priority
  readonly state: 'stored' | 'anchored'
}

export interface BatchPort {
  /** In the order of `digests`. */
  findMany(digests: readonly Uint8Array[]): Promise<readonly (ListedBatch | undefined)[]>
  blocks(digests: readonly Uint8Array[]): Promise<readonly (Uint8Array | undefined)[]>
  list(listing: {
    readonly devices: readonly Address[]
    readonly labels?: readonly Label[]
    readonly from: UnixMs
    readonly to: UnixMs
    readonly cursor?: string
    readonly limit: number
  }): Promise<{ readonly batches: readonly ListedBatch[]; readonly next: string | undefined }>
}

export interface ReceiptPort {
  /** Encoded receipt of a batch; undefined until it is anchored. */
  receipt(digest: Uint8Array): Promise<Uint8Array | undefined>
}

export interface ReencryptPort {
  answer(
    request: ReencryptionRequest,
    signature: Uint8Array,
    glass?: SignedBreakGlass,
  ): Promise<{
    readonly entry: Uint8Array
    readonly entrySignature: Uint8Array
    readonly cfrags: readonly { readonly capsule: Uint8Array; readonly cfrag: Uint8Array }[]
    readonly missing: readonly Uint8Array[]
  }>
}

export interface WitnessedEmergency {
  readonly message: OpenEmergency
  readonly witness: Address
  readonly signature: Hex
}

export interface EmergencyPort {
  witness(glass: SignedBreakGlass, opener: Address): Promise<WitnessedEmergency>
  open(glass: SignedBreakGlass, witnessed: WitnessedEmergency): Promise<Place>
  waiting(): readonly object[]
  agree(id: Hex32): boolean
}

export interface ErasurePort {
  erase(order: SignedErasure): Promise<{
    readonly batches: number
    readonly waiting: number
    readonly manifests: number
    readonly grants: number
  }>
}

/** Where hospitals say that they are reached. */
export interface AddressPort {
  all(): readonly SignedHospitalAddress[]
  put(address: SignedHospitalAddress): Promise<void>
}

/** Something that whoever it concerns may watch. */
export type LiveEvent =
  | { readonly kind: 'batch'; readonly patient: Address; readonly batch: ListedBatch }
  /** These batches are anchored in this block, and final. */
  | {
      readonly kind: 'anchored'
      readonly patient: Address
      readonly block: number
      readonly batches: readonly ListedBatch[]
    }
  | {
      readonly kind: 'grant'
      readonly patient: Address
      readonly physician: Address
      readonly hash: Hex32
      readonly standing: KnownGrant['standing']
    }
  /** There is a new line about the patient in the audit log. */
  | { readonly kind: 'audit'; readonly patient: Address }

/** The last events, numbered from 1. */
export interface LivePort {
  /** Name of this life of the process; numbers of another mean nothing. */
  readonly life: string
  /** Number of the oldest that is kept. */
  readonly first: number
  /** Number of the newest; 0 before there is one. */
  readonly last: number
  get(number: number): LiveEvent | undefined
  /** Call `wake` whenever there is another. @returns ends it */
  onAdded(wake: () => void): () => void
}

/** The web app as it is served. */
export interface DappPort {
  /** Absolute; undefined where none is built. */
  readonly root: string | undefined
  /** What is served of it, relative to `root`; compressed forms lie beside, as `.br` and `.gz`. */
  readonly files: ReadonlySet<string>
}

export interface AuditPort {
  entriesOf(
    patient: Address,
    cursor: number,
    limit: number,
  ): Promise<{
    readonly entries: readonly {
      readonly entry: AuditEntry
      readonly bytes: Uint8Array
      readonly signature: Uint8Array
      readonly anchor:
        | (BlockPlace & {
            readonly root: Hex32
            readonly count: number
            readonly proof: readonly Uint8Array[]
          })
        | undefined
    }[]
    readonly next: number | undefined
  }>
}

export interface DevicePort {
  device(address: Address): { readonly patient: Address; readonly status: 'bound' | 'suspended' } | undefined
  devicesOf(patient: Address): readonly Address[]
}

export interface DeviceNotePort {
  of(device: Address): Promise<
    | {
        readonly lastSeen: UnixMs
        readonly headSequence: number
        readonly spoolBytes: number
        readonly labelSerial: number
        readonly standing?: Standing | undefined
      }
    | undefined
  >
}

export interface LabelKeyPort {
  put(keys: SignedLabelKeys): Promise<void>
  get(device: Address): Promise<SignedLabelKeys | undefined>
}

export interface DeviceHospitalPort {
  put(list: SignedDeviceHospitals): Promise<void>
  get(device: Address): Promise<SignedDeviceHospitals | undefined>
}

export interface KeyRotated {
  readonly address: Address
  /** False while a majority of the hospitals has not voted for `entry`. */
  readonly isDone: boolean
  readonly entry: {
    readonly operator: Address
    readonly anchor: Address
    readonly relay: Address
    readonly receipt: Address
    readonly proxyKeyDigest: Hex
  }
}

export interface OperatorPort {
  admit(physician: Address): Promise<VotedPlace>
  suspend(physician: Address): Promise<VotedPlace>
  /** Change the key of an account. */
  rotate(key: 'relay' | 'anchor'): Promise<KeyRotated>
  /** Anything that an operator wants to see; JSON. */
  status(): Promise<Readonly<Record<string, unknown>>>
}

export interface ValidatorsPort {
  list(): Promise<{
    readonly validators: readonly { readonly address: Address; readonly sealed?: number | undefined }[]
    readonly blocks: number
    readonly proposals: readonly { readonly address: Address; readonly admit: boolean }[]
  }>
  propose(validator: Address, admit: boolean): Promise<void>
  discard(validator: Address): Promise<void>
}

/** Where sealed batches are taken, whichever door they come through. */
export interface UploadPort {
  batch(
    bytes: Uint8Array,
    source: {
      readonly door: 'https'
      readonly device: undefined
      readonly name: string
      readonly group: string
      readonly replyLimitBytes: number
    },
  ): Promise<readonly Answer[]>
}

/** Browsers that want to be told of alerts. */
export interface PushPort {
  /** What they subscribe with: P-256, base64url. */
  readonly publicKey: string
  /** @returns false when the account has too many, or the address is no push service's */
  add(subscription: PushSubscription): Promise<boolean>
  remove(subscription: { readonly account: Address; readonly endpoint: string }): Promise<void>
}

export interface PushSubscription {
  readonly account: Address
  readonly endpoint: string
  readonly keys: { readonly p256dh: string; readonly auth: string }
}

/** Whether one part works. Rejects, or says what is wrong, when it does not. */
export type ReadyCheck = () => Promise<string | undefined> | string | undefined
