import { encodeHolding, type SignedHolding } from '@hygeia/protocol/holding/holding'
import { type Address, type Hex32, toHex } from '@hygeia/protocol/ids'
import type { Service } from '@hygeia/runtime/lifecycle'
import type { Logger } from '@hygeia/runtime/log'
import { nameOf } from '../ipfs/linked.ts'
import { Disk, del, NOTHING, type Operation, put } from '../store/disk.ts'
import { numberBytes, readNumber } from '../store/keys.ts'
import type { AnchoredBatches } from './anchored.ts'
import type { ReplicaName, ReplicaRecord } from './records.ts'
import * as records from './records.ts'
import { Statements } from './statements.ts'
import { WantedIndex } from './wanted-index.ts'

export interface ReplicaBookOptions {
  readonly path: string
  readonly reserveBytes: number
}

/** What is to be done about a manifest that the chain tells of. */
export interface Assigned {
  readonly anchored: AnchoredBatches
  /** Whether this hospital is to hold it. */
  readonly isOurs: boolean
  /** Hospitals that are to be asked about it: the one that anchored for its signed anchor, others what they hold. */
  readonly ask: readonly Address[]
}

const DIGEST_BYTES = 32
const SMALL_BUFFER_BYTES = 1024 * 1024
const THROUGH = records.cursorKey('through')
const LOOKED_AT = records.cursorKey('looked-at')
const TERMS = records.cursorKey('terms')

/** Which manifests the chain names, what became of each here, and who says to hold it. On the disk before it counts. */
export class ReplicaBook implements Service {
  readonly #disk: Disk
  readonly statements: Statements
  readonly #index: WantedIndex
  #through = -1
  #wanted = 0
  #faulty = 0

  constructor({ path, reserveBytes }: ReplicaBookOptions, { log }: { readonly log: Logger }) {
    this.#disk = new Disk({ path, reserveBytes, bufferBytes: SMALL_BUFFER_BYTES }, { log })
    this.statements = new Statements(this.#disk)
    this.#index = new WantedIndex(this.#disk)
  }

  async start(): Promise<void> {
    await this.#disk.open(() => this.#load())
    await this.#load()
  }

  async stop(): Promise<void> {
    await this.#disk.close()
  }

  /** Last block whose anchors are in the book. */
  get through(): number {
    return this.#through
  }

  /** Manifests that are to be fetched. */
  get wanted(): number {
    return this.#wanted
  }

  /** Manifests with which something is wrong that their hospital has to answer for. */
  get faulty(): number {
    return this.#faulty
  }

  /** Take in what the blocks up to `through` anchored; what is known already stays as it is. */
  async note(found: readonly Assigned[], through: number): Promise<void> {
    const held = await this.#disk.level.getMany(found.map(({ anchored }) => records.recordKey(anchored)))
    const fresh = found.filter((_, index) => held[index] === undefined)
    const operations = fresh.flatMap(({ anchored, isOurs, ask }): Operation[] => {
      const record: ReplicaRecord = { ...anchored, state: isOurs ? 'wanted' : 'elsewhere', fault: '' }
      return [
        put(records.recordKey(anchored), records.encodeRecord(record)),
        ...(isOurs ? [put(records.wantedKey(anchored), NOTHING)] : []),
        ...this.statements.questions(anchored, ask),
      ]
    })
    operations.push(put(THROUGH, numberBytes(through)))
    // Without anchors the cursor may lag: those blocks are then read again after a restart.
    await this.#disk.write(operations, fresh.length > 0)
    this.#through = through
    this.#wanted += fresh.filter(({ isOurs }) => isOurs).length
    for (const { anchored, ask } of fresh) this.statements.asked(anchored, ask)
  }

  /**
   * The chain has other blocks from `from` on than when it was read: what they anchored is read again. What was
   * fetched because of the former ones stays, since its batches are genuine wherever they are anchored.
   */
  async rewind(from: number): Promise<void> {
    if (this.#through < from) return
    const gone: Operation[] = []
    const asked = await this.#disk.level.keys(records.under('u')).all()
    const questions = Map.groupBy(asked, (key) => records.nameText(records.nameIn(key)))
    for await (const [key, value] of this.#disk.level.iterator(records.under('m'))) {
      const record = records.decodeRecord(value)
      if (record.blockNumber < from) continue
      // Noted anew when it is anchored again, and then found to be here already.
      gone.push(
        del(key),
        del(records.wantedKey(record)),
        del(records.faultyKey(record)),
        del(records.anchorKey(record)),
        ...(questions.get(records.nameText(record)) ?? []).map(del),
      )
    }
    await this.#disk.write([...gone, put(THROUGH, numberBytes(from - 1))], true)
    await this.#load()
  }

  async record(name: ReplicaName): Promise<ReplicaRecord | undefined> {
    const value = await this.#disk.level.get(records.recordKey(name))
    return value === undefined ? undefined : records.decodeRecord(value)
  }

  /** Manifests of `root` that are held whole, whoever anchored it: these are all true. */
  async heldUnder(root: Hex32): Promise<readonly ReplicaRecord[]> {
    const values = await this.#disk.level.values(records.recordsUnder(root)).all()
    return values.map(records.decodeRecord).filter(({ state }) => state === 'held')
  }

  /** Up to `limit` manifests that are to be fetched, as `WantedIndex.next` finds them. @param roomFor - all unless told */
  async nextWanted(
    limit: number,
    isLeftOut: (name: ReplicaName) => boolean,
    roomFor: (origin: Address) => number = () => limit,
  ): Promise<readonly ReplicaRecord[]> {
    return await this.#recordsOf(await this.#index.next(limit, isLeftOut, roomFor))
  }

  /** Block of the oldest manifest that is to be fetched; undefined when there is none. */
  async oldestWanted(): Promise<number | undefined> {
    return await this.#index.oldest()
  }

  /**
   * Everything of a manifest is here and verified.
   *
   * @param indexed - digests that no device brought here
   * @param holding - 'reduced' when some of it was erased before it came: nobody is told that it is held, then or later
   */
  async hold(
    record: ReplicaRecord,
    digests: readonly Uint8Array[],
    indexed: readonly Uint8Array[],
    holding: SignedHolding | 'reduced',
  ): Promise<void> {
    const root = Buffer.from(record.root.slice(2), 'hex')
    const chunks = Array.from({ length: Math.ceil(digests.length / records.CHUNK_DIGESTS) }, (_, chunk) => {
      const start = chunk * records.CHUNK_DIGESTS
      const part = digests.slice(start, start + records.CHUNK_DIGESTS)
      return put(records.chunkKey(record.root, chunk), Buffer.concat(part))
    })
    await this.#change(record, { state: 'held', fault: '' }, [
      ...chunks,
      ...indexed.map((digest) => put(records.leafKey(digest), root)),
      holding === 'reduced'
        ? put(records.reducedKey(record), NOTHING)
        : put(records.ownKey(record), encodeHolding(holding)),
    ])
  }

  /** Whether a manifest came when some of it was erased. */
  async isReduced(name: ReplicaName): Promise<boolean> {
    return (await this.#disk.level.get(records.reducedKey(name))) !== undefined
  }

  /** It is shown to be a lie: nobody will fetch it, and nobody says to hold it. */
  async reject(record: ReplicaRecord, fault: string): Promise<void> {
    await this.#change(record, { state: 'rejected', fault }, [del(records.ownKey(record))])
  }

  /** Note what stands in the way of one, if it is still wanted. */
  async blame(record: ReplicaName, fault: string): Promise<void> {
    const now = await this.record(record)
    if (now === undefined || !records.isToFetch(now.state) || now.fault === fault) return
    await this.#change(now, { state: now.state, fault }, [])
  }

  /** Something of what was held is not on this disk any more: it is fetched again. */
  async lose(record: ReplicaRecord): Promise<void> {
    await this.#change(record, { state: 'gone', fault: '' }, [del(records.ownKey(record))])
  }

  /**
   * The hospital that anchored it lost it, and nobody has it: it is not fetched any more.
   *
   * @param asked - hospitals that are not asked about it any more
   */
  async giveUp(record: ReplicaRecord, asked: readonly Address[]): Promise<void> {
    // First, so that one cut short in between is given up again.
    for (const hospital of asked) await this.statements.settle(hospital, record)
    await this.#change(record, { state: 'lost', fault: '' }, [del(records.ownKey(record))])
  }

  /** Who is to hold a manifest, and who is to be asked about it, is decided anew; what is held stays, and what is lost. */
  async reassign(record: ReplicaRecord, { isOurs, ask }: Assigned): Promise<void> {
    if (isOurs && record.state === 'elsewhere') await this.#change(record, { state: 'wanted', fault: '' }, [])
    if (record.state !== 'lost') await this.statements.askAgain(record, ask)
  }

  /** Digest of the batch at `index` of a manifest that is held. */
  async digestAt(root: Hex32, index: number): Promise<Uint8Array | undefined> {
    const chunk = await this.#disk.level.get(
      records.chunkKey(root, Math.floor(index / records.CHUNK_DIGESTS)),
    )
    const offset = (index % records.CHUNK_DIGESTS) * 32
    return chunk !== undefined && offset < chunk.length ? chunk.subarray(offset, offset + 32) : undefined
  }

  /** Manifests that were held when last looked and name one of these batches. @param names - `nameOf` their digests */
  async naming(names: ReadonlySet<string>): Promise<readonly ReplicaRecord[]> {
    const roots = new Map<string, Uint8Array>()
    for await (const [key, chunk] of this.#disk.level.iterator(records.under('d'))) {
      const root = records.rootInChunkKey(key)
      if (roots.has(nameOf(root))) continue
      for (let at = 0; at < chunk.length; at += DIGEST_BYTES) {
        if (!names.has(nameOf(chunk.subarray(at, at + DIGEST_BYTES)))) continue
        roots.set(nameOf(root), root)
        break
      }
    }
    const found = await Promise.all(
      [...roots.values()].map((root) => this.#disk.level.values(records.under('m', root)).all()),
    )
    return found.flat().map(records.decodeRecord)
  }

  /** The manifest that a batch was indexed under; undefined when it came from its device. */
  async rootOf(digest: Uint8Array): Promise<Hex32 | undefined> {
    const root = await this.#disk.level.get(records.leafKey(digest))
    return root === undefined ? undefined : (toHex(root) as string as Hex32)
  }

  /** What everything in the book was last assigned by; empty before that. */
  async terms(): Promise<string> {
    return await this.#text(TERMS)
  }

  async noteTerms(terms: string): Promise<void> {
    await this.#disk.write([put(TERMS, Buffer.from(terms))], true)
  }

  /** Names the disk with blocks on which all that is held was looked for; empty before the first time. */
  async lookedAt(): Promise<string> {
    return await this.#text(LOOKED_AT)
  }

  /** Everything that is held was looked for on the disk with blocks that `repo` names. */
  async noteLookedAt(repo: string): Promise<void> {
    await this.#disk.write([put(LOOKED_AT, Buffer.from(repo))], true)
  }

  /** One held or elsewhere manifest after `name` in an order that stays the same; undefined at the end. */
  async after(name: ReplicaName | undefined): Promise<ReplicaRecord | undefined> {
    const all = records.under('m')
    const range = name === undefined ? all : { gt: records.recordKey(name), lt: all.lt }
    const [value] = await this.#disk.level.values({ ...range, limit: 1 }).all()
    return value === undefined ? undefined : records.decodeRecord(value)
  }

  /** Up to `limit` manifests with which something is wrong. */
  async faults(limit: number): Promise<readonly ReplicaRecord[]> {
    const keys = await this.#disk.level.keys({ ...records.under('f'), limit }).all()
    return await this.#recordsOf(keys.map(records.nameIn))
  }

  /** This hospital's own statement on a manifest that it holds. */
  async own(name: ReplicaName): Promise<Uint8Array | undefined> {
    return await this.#disk.level.get(records.ownKey(name))
  }

  async #change(
    record: ReplicaRecord,
    change: Pick<ReplicaRecord, 'state' | 'fault'>,
    others: readonly Operation[],
  ): Promise<void> {
    const before = (await this.record(record)) ?? record
    const after = { ...before, ...change }
    const wanted = records.wantedKey(record)
    const faulty = records.faultyKey(record)
    await this.#disk.write(
      [
        put(records.recordKey(record), records.encodeRecord(after)),
        records.isToFetch(after.state) ? put(wanted, NOTHING) : del(wanted),
        after.fault === '' ? del(faulty) : put(faulty, NOTHING),
        ...others,
      ],
      true,
    )
    this.#wanted += Number(records.isToFetch(after.state)) - Number(records.isToFetch(before.state))
    this.#faulty += Number(after.fault !== '') - Number(before.fault !== '')
  }

  async #text(key: Buffer): Promise<string> {
    return Buffer.from((await this.#disk.level.get(key)) ?? NOTHING).toString()
  }

  async #recordsOf(names: readonly ReplicaName[]): Promise<readonly ReplicaRecord[]> {
    const values = await this.#disk.level.getMany(names.map(records.recordKey))
    return values.filter((value) => value !== undefined).map(records.decodeRecord)
  }

  async #load(): Promise<void> {
    const cursor = await this.#disk.level.get(THROUGH)
    this.#through = cursor === undefined ? -1 : readNumber(cursor, 0)
    this.#wanted = await this.#index.load()
    this.#faulty = (await this.#disk.level.keys(records.under('f')).all()).length
    await this.statements.load()
  }
}
