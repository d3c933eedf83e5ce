import type { Answer } from '@hygeia/protocol/device-link/answer'
import type { Address, Hex32 } from '@hygeia/protocol/ids'
import type { ProvenLeaf } from '@hygeia/protocol/receipt/codec'
import { type Receipt, type SignedAnchor, signAnchor } from '@hygeia/protocol/receipt/receipt'
import type { Signer } from '@hygeia/protocol/signature'
import type { Realm } from '@hygeia/protocol/typed-data/domain'
import type { Clock } from '@hygeia/runtime/clock'
import { type AnchorRecord, countOf } from '../store/anchors.ts'
import type { BatchRecord } from '../store/record.ts'
import type { RecordList } from '../store/record-list.ts'
import type { Store } from '../store/store.ts'

export interface ReceiptBookOptions {
  readonly realm: Realm
  /** Operator account of this hospital. */
  readonly hospital: Address
}

export interface ReceiptBookDeps {
  readonly store: Pick<Store, 'anchors' | 'reader'>
  readonly receiptSigner: Signer
  readonly clock: Clock
}

/** Where an anchor was recorded on the chain, for good. */
export interface Place {
  readonly transaction: Hex32
  readonly blockNumber: number
  readonly blockHash: Hex32
}

/** An anchor that has just become final. */
export interface Issue {
  readonly record: AnchorRecord
  readonly anchor: SignedAnchor
  /** Whose batches it holds. */
  readonly devices: readonly Address[]
  /** Those of a device. */
  batchesOf(device: Address): readonly BatchRecord[]
  /** Receipts for a device, in messages of at most so many bytes. */
  answersFor(device: Address, limitBytes: number): Promise<readonly Answer[]>
}

/** Bytes of an answer besides its leaves, of a leaf besides its proof, and of a node in it; all rounded up. */
const ANCHOR_BYTES = 320
const LEAF_BYTES = 96
const NODE_BYTES = 36

/** Signs what became final, once for each anchor, and finds the receipts of single batches. */
export class ReceiptBook {
  readonly #options: ReceiptBookOptions
  readonly #deps: ReceiptBookDeps
  readonly #listeners = new Set<(issue: Issue) => void>()

  constructor(options: ReceiptBookOptions, deps: ReceiptBookDeps) {
    this.#options = options
    this.#deps = deps
  }

  /** Sign a final anchor, put that on the disk, then tell. @param batches - of the anchor, in order of arrival */
  async issue(intent: AnchorRecord, batches: RecordList, place: Place): Promise<Issue> {
    const { store, receiptSigner, clock } = this.#deps
    const { hospital, realm } = this.#options
    const { root, manifest } = intent
    const anchor = signAnchor(
      realm,
      { hospital, root, count: countOf(intent), manifest, ...place },
      receiptSigner,
    )
    const record = await store.anchors.finish(intent, anchor, clock.now())
    const devices = Map.groupBy(batches.all(), ({ device }) => device)
    const issue: Issue = {
      record,
      anchor,
      devices: devices.keys().toArray(),
      batchesOf: (device) => devices.get(device) ?? [],
      answersFor: (device, limitBytes) => this.#answersUnder(record, devices.get(device) ?? [], limitBytes),
    }
    for (const listener of this.#listeners) listener(issue)
    return issue
  }

  /** Call `listener` when receipts are on the disk. @returns ends it */
  onIssued(listener: (issue: Issue) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** @param digest - in the batch's CID @returns undefined until its anchor is final */
  async receiptOf(digest: Uint8Array): Promise<Receipt | undefined> {
    const batch = await this.#deps.store.reader.find(digest)
    if (batch === undefined) return undefined
    const [answer] = await this.answersFor([batch], Infinity)
    const proven = answer?.kind === 'receipts' ? answer.proven[0] : undefined
    return answer?.kind === 'receipts' && proven !== undefined
      ? { anchor: answer.anchor, ...proven }
      : undefined
  }

  /**
   * Receipts of those `batches` that have one, until `limitBytes` are reached.
   *
   * @param batches - in any order
   */
  async answersFor(batches: readonly BatchRecord[], limitBytes: number): Promise<readonly Answer[]> {
    const { anchors } = this.#deps.store
    const waiting = batches
      .filter(({ arrival }) => anchors.isFinal(arrival))
      .sort((a, b) => a.arrival - b.arrival)
    const answers: Answer[] = []
    let leftBytes = limitBytes
    for (let next = 0; next < waiting.length; ) {
      const record = await anchors.holding(waiting[next]?.arrival ?? 0)
      if (record?.final === undefined) break
      const end = waiting.findIndex(({ arrival }) => arrival > record.last)
      const under = waiting.slice(next, end === -1 ? undefined : end)
      const room = fitting(record, leftBytes)
      if (room <= 0) break
      answers.push(...(await this.#answersUnder(record, under.slice(0, room), Infinity)))
      leftBytes -= sizeOf(record, under.length)
      next += under.length
    }
    return answers
  }

  async #answersUnder(
    record: AnchorRecord,
    batches: readonly BatchRecord[],
    limitBytes: number,
  ): Promise<readonly Answer[]> {
    if (record.final === undefined) return []
    const { anchor } = record.final
    const indexes = batches.map(({ arrival }) => arrival - record.first)
    const proofs = await this.#deps.store.anchors.proofs(record, indexes)
    const proven = batches.map(({ device, incarnation, sequence, digest }, index): ProvenLeaf => {
      return { leaf: { device, incarnation, sequence, digest }, proof: proofs[index] ?? [] }
    })
    const room = Math.max(1, Math.min(proven.length, fitting(record, limitBytes)))
    return Array.from({ length: Math.ceil(proven.length / room) }, (_, part) => ({
      kind: 'receipts',
      anchor,
      proven: proven.slice(part * room, (part + 1) * room),
    }))
  }
}

function leafBytes(record: AnchorRecord): number {
  return LEAF_BYTES + NODE_BYTES * Math.ceil(Math.log2(countOf(record)) + 1)
}

function sizeOf(record: AnchorRecord, leaves: number): number {
  return ANCHOR_BYTES + leaves * leafBytes(record)
}

/** How many leaves go into an answer of `limitBytes`. */
function fitting(record: AnchorRecord, limitBytes: number): number {
  return Math.floor((limitBytes - ANCHOR_BYTES) / leafBytes(record))
}
