import { decodeCbor, encodeCbor, sameBytes } from '@hygeia/protocol/cbor'
import { decodeHolding, encodeHolding, type SignedHolding } from '@hygeia/protocol/holding/holding'
import type { Address } from '@hygeia/protocol/ids'
import { anchorFields, readAnchor } from '@hygeia/protocol/receipt/codec'
import type { SignedAnchor } from '@hygeia/protocol/receipt/receipt'
import { type Disk, del, type Operation, put } from '../store/disk.ts'
import type { AnchoredBatches } from './anchored.ts'
import type { ReplicaName, ReplicaRecord } from './records.ts'
import * as records from './records.ts'

const OF_HOLDING = Uint8Array.of(1)
const OF_ANCHOR = Uint8Array.of(0)
const ANCHOR_LIMIT_BYTES = 1_024

/** What other hospitals are to be asked about manifests, and what they said: in the replicas' book, on its disk. */
export class Statements {
  readonly #disk: Disk
  #underReplicated = 0

  constructor(disk: Disk) {
    this.#disk = disk
  }

  async load(): Promise<void> {
    let count = 0
    for await (const kind of this.#disk.level.values(records.under('u'))) {
      if (sameBytes(kind, OF_HOLDING)) count++
    }
    this.#underReplicated = count
  }

  /** Copies of this hospital's own manifests that their holders have not proven to hold yet. */
  get underReplicated(): number {
    return this.#underReplicated
  }

  /** What is to be written so that `hospitals` are asked; `asked` follows once it is. */
  questions(anchored: AnchoredBatches, hospitals: readonly Address[]): readonly Operation[] {
    return hospitals.map((hospital) =>
      put(records.askKey(hospital, anchored), hospital === anchored.origin ? OF_ANCHOR : OF_HOLDING),
    )
  }

  asked({ origin }: AnchoredBatches, hospitals: readonly Address[]): void {
    this.#underReplicated += hospitals.filter((hospital) => hospital !== origin).length
  }

  /** Have those of `hospitals` asked who are not, and who did not answer yet. */
  async askAgain(record: ReplicaRecord, hospitals: readonly Address[]): Promise<void> {
    const said = new Set((await this.holdings(record)).map(({ hospital }) => hospital))
    if ((await this.anchor(record)) !== undefined) said.add(record.origin)
    const open = hospitals.filter((hospital) => !said.has(hospital))
    const held = await this.#disk.level.getMany(open.map((hospital) => records.askKey(hospital, record)))
    const fresh = open.filter((_, index) => held[index] === undefined)
    if (fresh.length === 0) return
    await this.#disk.write(this.questions(record, fresh), true)
    this.asked(record, fresh)
  }

  /** Nothing is asked of `hospital` any more: it is suspended. */
  async askNoMore(hospital: Address): Promise<void> {
    const range = records.under('u', Buffer.from(hospital.slice(2), 'hex'))
    const questions = await this.#disk.level.iterator(range).all()
    if (questions.length === 0) return
    await this.#disk.write(
      questions.map(([key]) => del(key)),
      true,
    )
    this.#underReplicated -= questions.filter(([, kind]) => sameBytes(kind, OF_HOLDING)).length
  }

  /** Statements of other hospitals on a manifest. */
  async holdings(name: ReplicaName): Promise<readonly SignedHolding[]> {
    const values = await this.#disk.level.values(records.holdingsUnder(name)).all()
    return values.map(decodeHolding)
  }

  /**
   * What `hospital` is to be asked about: half of `limit` are the newest, for which receipts wait; the other half
   * goes through all of them in turn.
   *
   * @param after - `next` of the time before
   */
  async toAsk(hospital: Address, limit: number, after?: Uint8Array) {
    const range = records.under('u', Buffer.from(hospital.slice(2), 'hex'))
    const half = Math.ceil(limit / 2)
    const newest = await this.#disk.level.keys({ ...range, reverse: true, limit: half }).all()
    const turn = after === undefined ? range : { gt: after, lt: range.lt }
    const others = await this.#disk.level.keys({ ...turn, limit: half }).all()
    const names = new Map(
      [...newest, ...others].map(records.nameIn).map((name) => [records.nameText(name), name]),
    )
    // At the end it begins anew.
    return {
      records: await this.#recordsOf([...names.values()]),
      next: others.length === half ? others.at(-1) : undefined,
    }
  }

  async takeHolding(record: ReplicaRecord, holding: SignedHolding): Promise<void> {
    const { hospital } = holding
    await this.#settled(hospital, record, [put(records.holdingKey(record, hospital), encodeHolding(holding))])
  }

  async takeAnchor(record: ReplicaRecord, anchor: SignedAnchor): Promise<void> {
    await this.#settled(record.origin, record, [
      put(records.anchorKey(record), encodeCbor(anchorFields(anchor))),
    ])
  }

  /** There is nothing more to ask `hospital` about a manifest. */
  async settle(hospital: Address, record: ReplicaRecord): Promise<void> {
    await this.#settled(hospital, record, [])
  }

  /** The signed anchor of the hospital that anchored, for receipts of what others anchored. */
  async anchor(name: ReplicaName): Promise<SignedAnchor | undefined> {
    const value = await this.#disk.level.get(records.anchorKey(name))
    return value === undefined ? undefined : readAnchor(decodeCbor(value, 'anchor', ANCHOR_LIMIT_BYTES))
  }

  async #settled(hospital: Address, record: ReplicaRecord, answers: readonly Operation[]): Promise<void> {
    const key = records.askKey(hospital, record)
    const kind = await this.#disk.level.get(key)
    await this.#disk.write([...answers, del(key)], true)
    if (kind !== undefined && sameBytes(kind, OF_HOLDING)) this.#underReplicated--
  }

  async #recordsOf(names: readonly ReplicaName[]): Promise<readonly ReplicaRecord[]> {
    const values = await this.#disk.level.getMany(names.map(records.recordKey))
    return values.filter((value) => value !== undefined).map(records.decodeRecord)
  }
}
