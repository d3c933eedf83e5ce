import { sameBytes } from '@hygeia/protocol/cbor'
import { type Answer, decodeAnswers } from '@hygeia/protocol/device-link/answer'
import { type Address, toHex } from '@hygeia/protocol/ids'
import { anchorSigner, isLeafProven, type SignedAnchor } from '@hygeia/protocol/receipt/receipt'
import { digestOfCid } from '@hygeia/protocol/sealed/cid'
import { type Recover, recoverAddress } from '@hygeia/protocol/signature'
import type { SealedPiece } from '../fleet.ts'
import type { LoadTarget } from './plan.ts'

interface Waiting {
  readonly piece: SealedPiece
  readonly begunAt: number
}

/** Anchors whose signature was good: one for each block, whichever device it came to. */
export class GoodAnchors {
  readonly #target: Pick<LoadTarget, 'realm' | 'receiptKey' | 'hospital'>
  readonly #recover: Recover
  readonly #good = new Map<string, boolean>()

  constructor(target: Pick<LoadTarget, 'realm' | 'receiptKey' | 'hospital'>, recover = recoverAddress) {
    this.#target = target
    this.#recover = recover
  }

  isGood(anchor: SignedAnchor): boolean {
    const { realm, receiptKey, hospital } = this.#target
    const name = `${toHex(anchor.signature)} ${anchor.root}`
    const known = this.#good.get(name)
    if (known !== undefined) return known
    const isGood = anchor.hospital === hospital && anchorSigner(realm, anchor, this.#recover) === receiptKey
    this.#good.set(name, isGood)
    return isGood
  }
}

export interface LedgerEvents {
  /** A receipt was verified for something sent at `begunAt`. */
  readonly onReceipt: (begunAt: number) => void
  /** Something is to be sent again. */
  readonly onBusy: (piece: SealedPiece, begunAt: number, delayMs: number) => void
  readonly onRefused: () => void
  readonly onForged: () => void
}

/** What one device has sent and wants receipts for; believes what is signed and proven. */
export class Ledger {
  readonly #device: Address
  readonly #anchors: GoodAnchors
  readonly #events: LedgerEvents
  readonly #waiting = new Map<number, Waiting>()
  /** When the newest batch was sent that has a receipt. */
  #provenAt = Number.NEGATIVE_INFINITY

  constructor(device: Address, anchors: GoodAnchors, events: LedgerEvents) {
    this.#device = device
    this.#anchors = anchors
    this.#events = events
  }

  get waiting(): number {
    return this.#waiting.size
  }

  /** Sequences without a hole between them, from the lowest that waits for a receipt on. */
  firstRun(): { readonly from: number; readonly to: number } | undefined {
    if (this.#waiting.size === 0) return undefined
    let from = Infinity
    for (const sequence of this.#waiting.keys()) from = Math.min(from, sequence)
    let to = from
    while (this.#waiting.has(to + 1)) to++
    return { from, to }
  }

  /** Whether something waits that was sent before what has a receipt already. */
  get isBehind(): boolean {
    for (const { begunAt } of this.#waiting.values()) if (begunAt < this.#provenAt) return true
    return false
  }

  sent(piece: SealedPiece, begunAt: number): void {
    this.#waiting.set(piece.sequence, { piece, begunAt })
  }

  /** @returns how many receipts were in it @throws {MalformedError} */
  read(payload: Uint8Array): number {
    let receipts = 0
    for (const answer of decodeAnswers(payload)) receipts += this.#take(answer)
    return receipts
  }

  #take(answer: Answer): number {
    if (answer.kind === 'busy' || answer.kind === 'refused') {
      const digest = answer.kind === 'busy' ? answer.digest : answer.refusal.digest
      for (const [sequence, { piece, begunAt }] of this.#waiting) {
        if (toHex(digestOfCid(piece.cid)) !== digest) continue
        this.#waiting.delete(sequence)
        if (answer.kind === 'busy') this.#events.onBusy(piece, begunAt, answer.delayMs)
        else this.#events.onRefused()
      }
      return 0
    }
    if (answer.kind !== 'receipts') return 0
    if (!this.#anchors.isGood(answer.anchor)) {
      this.#events.onForged()
      return 0
    }
    let receipts = 0
    for (const { leaf, proof } of answer.proven) {
      const held = this.#waiting.get(leaf.sequence)
      if (held === undefined) continue
      const isOurs = leaf.device === this.#device && sameBytes(leaf.digest, digestOfCid(held.piece.cid))
      if (!isOurs || !isLeafProven({ anchor: answer.anchor, leaf, proof })) {
        this.#events.onForged()
        continue
      }
      this.#waiting.delete(leaf.sequence)
      receipts++
      this.#provenAt = Math.max(this.#provenAt, held.begunAt)
      this.#events.onReceipt(held.begunAt)
    }
    return receipts
  }
}
