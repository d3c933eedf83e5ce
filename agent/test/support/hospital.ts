import { randomBytes } from 'node:crypto'
import type { SignedDeviceHospitals } from '@hygeia/protocol/device-hospitals/device-hospitals'
import { type Answer, encodeAnswers } from '@hygeia/protocol/device-link/answer'
import { decodeQuestion, isQuestionSigned, type SignedQuestion } from '@hygeia/protocol/device-link/question'
import { type RefusalReason, signRefusal } from '@hygeia/protocol/device-link/refusal'
import { type Address, type Hex32, toHex } from '@hygeia/protocol/ids'
import type { SignedLabelKeys } from '@hygeia/protocol/label-keys/label-keys'
import { type BatchLeaf, batchLeafHash } from '@hygeia/protocol/merkle/leaf'
import { merkleTree } from '@hygeia/protocol/merkle/tree'
import { type SignedAnchor, signAnchor } from '@hygeia/protocol/receipt/receipt'
import { decodeSealed } from '@hygeia/protocol/sealed/codec'
import type { SealedBatch } from '@hygeia/protocol/sealed/header'
import { sealedDigester } from '@hygeia/protocol/sealed/signing'
import { keySigner, recoverAddress } from '@hygeia/protocol/signature'
import { sha256 } from '@noble/hashes/sha2.js'
import { REALM } from './realm.ts'

/** One batch as it came, every time that it came. */
export interface Delivered {
  readonly block: Uint8Array
  readonly batch: SealedBatch
  readonly digest: Uint8Array
  arrivals: number
  proof: { readonly anchor: SignedAnchor; readonly proof: readonly Uint8Array[] } | undefined
}

export interface TestHospitalOptions {
  readonly periodMs?: number
  readonly recordsSignatures?: boolean
}

/**
 * What a hospital does for a device, without its chain: takes batches, anchors them in real Merkle trees once a
 * period, and signs real receipts. Doors (MQTT, CoAP) hand batches and questions in and carry answers out.
 */
export class TestHospital {
  readonly operator: Address = keySigner(randomBytes(32)).address
  readonly receiptSigner = keySigner(randomBytes(32))
  readonly periodMs: number
  readonly delivered = new Map<string, Delivered>()
  readonly questions: SignedQuestion[] = []
  /** Labels that the device is offered when it asks with an older serial. */
  labelKeys: SignedLabelKeys | undefined
  /** Hospitals that the device is told of when it asks with an older list. */
  hospitals: SignedDeviceHospitals | undefined
  /** What is done with a batch instead of taking it. */
  judge: (batch: SealedBatch) => RefusalReason | { readonly busyMs: number } | undefined = () => undefined
  /** Whether receipts are pushed, and handed out when asked for. */
  pushesReceipts = true
  answersQuestions = true
  /** Doors, by device: where pushed answers go. */
  push: (device: Address, answers: Uint8Array) => void = () => {}
  badSignatures = 0
  #pending: Delivered[] = []
  #blockNumber = 1
  #timer: NodeJS.Timeout
  readonly #digest = sealedDigester(REALM)

  constructor({ periodMs = 200 }: TestHospitalOptions = {}) {
    this.periodMs = periodMs
    this.#timer = setInterval(() => this.anchor(), periodMs)
  }

  close(): void {
    clearInterval(this.#timer)
  }

  get batches(): readonly Delivered[] {
    return [...this.delivered.values()]
  }

  /** @returns what is said at once */
  takeBatch(block: Uint8Array): readonly Answer[] {
    const digest = sha256(block)
    const name = toHex(digest)
    const batch = decodeSealed(block)
    const verdict = this.judge(batch)
    if (typeof verdict === 'string') return [this.refusal(digest, verdict)]
    if (verdict !== undefined)
      return [{ kind: 'busy', digest: name as string as Hex32, delayMs: verdict.busyMs }]
    const known = this.delivered.get(name)
    if (known !== undefined) {
      known.arrivals++
      return this.pushesReceipts ? this.#receiptsOf([known]) : []
    }
    if (recoverAddress(this.#digest(batch, batch.ciphertext), batch.signature) !== batch.device)
      this.badSignatures++
    const taken: Delivered = { block, batch, digest, arrivals: 1, proof: undefined }
    this.delivered.set(name, taken)
    this.#pending.push(taken)
    return []
  }

  takeQuestion(bytes: Uint8Array): readonly Answer[] {
    const question = decodeQuestion(bytes)
    if (!isQuestionSigned(REALM, question, recoverAddress)) this.badSignatures++
    this.questions.push(question)
    if (!this.answersQuestions) return []
    const answers: Answer[] = []
    const { device, incarnation, from, to, labelSerial } = question
    if (
      this.labelKeys !== undefined &&
      this.labelKeys.serial > labelSerial &&
      this.labelKeys.device === device
    ) {
      answers.push({ kind: 'label-keys', labelKeys: this.labelKeys })
    }
    const { hospitalSerial = Number.MAX_SAFE_INTEGER } = question
    if (this.hospitals !== undefined && this.hospitals.serial > hospitalSerial)
      answers.push({ kind: 'hospitals', hospitals: this.hospitals })
    const wanted = this.batches.filter(
      ({ batch, proof }) =>
        proof !== undefined &&
        batch.device === device &&
        batch.incarnation === incarnation &&
        batch.sequence >= from &&
        batch.sequence <= to,
    )
    return [...answers, ...this.#receiptsOf(wanted.slice(0, 500)).slice(0, 60)]
  }

  /** Anchor what came since the last time, and push the receipts. */
  anchor(): void {
    const taken = this.#pending.splice(0, 8_192)
    if (taken.length === 0) return
    const leaves = taken.map(leafOf)
    const tree = merkleTree(leaves.map(batchLeafHash))
    const anchor = this.signAnchor(toHex(tree.root) as string as Hex32, taken.length)
    for (const [index, one] of taken.entries()) one.proof = { anchor, proof: tree.proofOf(index) }
    if (!this.pushesReceipts) return
    for (const device of new Set(taken.map(({ batch }) => batch.device))) {
      const own = taken.filter(({ batch }) => batch.device === device)
      this.push(device, encodeAnswers(this.#receiptsOf(own)))
    }
  }

  signAnchor(root: Hex32, count: number): SignedAnchor {
    const anchor = {
      hospital: this.operator,
      root,
      count,
      manifest: `0x${'a1'.repeat(32)}` as Hex32,
      transaction: toHex(randomBytes(32)) as string as Hex32,
      blockNumber: this.#blockNumber++,
      blockHash: toHex(randomBytes(32)) as string as Hex32,
    }
    return signAnchor(REALM, anchor, this.receiptSigner)
  }

  refusal(digest: Uint8Array, reason: RefusalReason): Answer {
    const refusal = { hospital: this.operator, digest: toHex(digest) as string as Hex32, reason }
    return { kind: 'refused', refusal: signRefusal(REALM, refusal, this.receiptSigner) }
  }

  #receiptsOf(taken: readonly Delivered[]): readonly Answer[] {
    const byAnchor = new Map<SignedAnchor, Delivered[]>()
    for (const one of taken) {
      if (one.proof === undefined) continue
      byAnchor.set(one.proof.anchor, [...(byAnchor.get(one.proof.anchor) ?? []), one])
    }
    return [...byAnchor].map(([anchor, own]) => ({
      kind: 'receipts',
      anchor,
      proven: own.map((one) => ({ leaf: leafOf(one), proof: one.proof?.proof ?? [] })),
    }))
  }
}

export function leafOf({ batch, digest }: Pick<Delivered, 'batch' | 'digest'>): BatchLeaf {
  return { device: batch.device, incarnation: batch.incarnation, sequence: batch.sequence, digest }
}
