import type { SignedDeviceHospitals } from '@hygeia/protocol/device-hospitals/device-hospitals'
import type { Answer } from '@hygeia/protocol/device-link/answer'
import { type RefusalReason, refusalSigner, type SignedRefusal } from '@hygeia/protocol/device-link/refusal'
import { type Address, fromHex, type Incarnation, toHex } from '@hygeia/protocol/ids'
import type { SignedLabelKeys } from '@hygeia/protocol/label-keys/label-keys'
import type { ProvenLeaf } from '@hygeia/protocol/receipt/codec'
import { anchorSigner, isLeafProven, type SignedAnchor } from '@hygeia/protocol/receipt/receipt'
import { recoverAddress } from '@hygeia/protocol/signature'
import type { Realm } from '@hygeia/protocol/typed-data/domain'
import type { Waiting } from './outbox.ts'

/** A hospital whose word counts. */
export interface HospitalKeys {
  readonly hospital: Address
  /** Address of the key that signs its receipts and refusals. */
  readonly receiptKey: Address
}

export interface Authority {
  readonly realm: Realm
  readonly device: Address
  /** Those that this device knows now: the word of each is as good, whichever of them brings it. */
  readonly hospitals: () => readonly HospitalKeys[]
}

export interface ReadingDeps {
  /** The batch in the spool with this digest in its CID. */
  readonly find: (digest: Uint8Array) => Waiting | undefined
}

/** What answers come to, once everything in them that needs a signature has a good one. */
export interface Verdicts {
  readonly received: readonly Waiting[]
  readonly refused: readonly {
    readonly entry: Waiting
    readonly reason: RefusalReason
    readonly by: Address
  }[]
  readonly busy: readonly { readonly entry: Waiting; readonly delayMs: number }[]
  readonly labelKeys: readonly SignedLabelKeys[]
  readonly hospitals: readonly SignedDeviceHospitals[]
  /** Batches that this device sealed and knows nothing of: proven, so they did exist. */
  readonly unknown: readonly { readonly incarnation: Incarnation; readonly sequence: number }[]
  /** What was not signed by the hospital, or not proven. */
  readonly forged: number
}

const ANCHORS_REMEMBERED = 64

/** Believes of a hospital's answers what is signed and proven, and nothing else. */
export class AnswerReader {
  readonly #authority: Authority
  readonly #deps: ReadingDeps
  /** Anchors come with every batch under them; a signature costs some ms on a Pi. */
  readonly #goodAnchors = new Set<string>()

  constructor(authority: Authority, deps: ReadingDeps) {
    this.#authority = authority
    this.#deps = deps
  }

  read(answers: readonly Answer[]): Verdicts {
    // By name: one answer may prove a batch twice.
    const received = new Map<number, Waiting>()
    const refused: { entry: Waiting; reason: RefusalReason; by: Address }[] = []
    const busy: { entry: Waiting; delayMs: number }[] = []
    const labelKeys: SignedLabelKeys[] = []
    const hospitals: SignedDeviceHospitals[] = []
    const unknown: { incarnation: Incarnation; sequence: number }[] = []
    let forged = 0
    for (const answer of answers) {
      switch (answer.kind) {
        case 'receipts': {
          if (!this.#isAnchorGood(answer.anchor)) {
            forged++
            break
          }
          for (const proven of answer.proven) {
            if (!this.#isProven(answer.anchor, proven)) forged++
            else {
              const entry = this.#deps.find(proven.leaf.digest)
              if (entry === undefined) unknown.push(proven.leaf)
              else if (isOf(proven, entry)) received.set(entry.id, entry)
              else forged++
            }
          }
          break
        }
        case 'refused': {
          const { digest, reason, hospital: by } = answer.refusal
          const entry = this.#deps.find(fromHex(digest))
          if (entry === undefined) break
          if (this.#isRefusalGood(answer.refusal)) refused.push({ entry, reason, by })
          else forged++
          break
        }
        case 'busy': {
          const entry = this.#deps.find(fromHex(answer.digest))
          if (entry !== undefined) busy.push({ entry, delayMs: answer.delayMs })
          break
        }
        case 'label-keys':
          labelKeys.push(answer.labelKeys)
          break
        case 'hospitals':
          hospitals.push(answer.hospitals)
          break
      }
    }
    return { received: [...received.values()], refused, busy, labelKeys, hospitals, unknown, forged }
  }

  #isProven(anchor: SignedAnchor, { leaf, proof }: ProvenLeaf): boolean {
    if (leaf.device !== this.#authority.device) return false
    return isLeafProven({ anchor, leaf, proof })
  }

  #isAnchorGood(anchor: SignedAnchor): boolean {
    const { realm } = this.#authority
    // Everything that is signed, and the signature: two anchors of one root may differ in the rest.
    const name = JSON.stringify({ ...anchor, signature: toHex(anchor.signature) })
    if (this.#goodAnchors.has(name)) return true
    if (!this.#isBy(anchor.hospital, () => anchorSigner(realm, anchor, recoverAddress))) return false
    if (this.#goodAnchors.size >= ANCHORS_REMEMBERED) this.#goodAnchors.clear()
    this.#goodAnchors.add(name)
    return true
  }

  #isRefusalGood(refusal: SignedRefusal): boolean {
    const { realm } = this.#authority
    return this.#isBy(refusal.hospital, () => refusalSigner(realm, refusal, recoverAddress))
  }

  #isBy(hospital: Address, recover: () => Address): boolean {
    const keys = this.#authority.hospitals().filter((known) => known.hospital === hospital)
    if (keys.length === 0) return false
    const signer = signerOf(recover)
    return keys.some(({ receiptKey }) => receiptKey === signer)
  }
}

/** The digest says it all, but a hospital that proves another name for it has not proven this batch. */
function isOf({ leaf }: ProvenLeaf, { incarnation, sequence }: Waiting): boolean {
  return leaf.incarnation === incarnation && leaf.sequence === sequence
}

function signerOf(recover: () => Address): Address | undefined {
  try {
    return recover()
  } catch {
    return undefined
  }
}
