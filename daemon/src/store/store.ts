import { hash } from 'node:crypto'
import type { Address } from '@hygeia/protocol/ids'
import type { SealedHeader } from '@hygeia/protocol/sealed/header'
import { GroupCommit } from '@hygeia/runtime/group-commit'
import type { Logger } from '@hygeia/runtime/log'
import { type Admission, admit, type GenuineBatch, keysAbout, type Origin, Overlay } from './admit.ts'
import { Anchors } from './anchors.ts'
import { DeviceNotes } from './devices.ts'
import { Disk, put } from './disk.ts'
import { Eraser } from './eraser.ts'
import { Forks } from './forks.ts'
import * as keys from './keys.ts'
import { Reader } from './reader.ts'
import { RecordList } from './record-list.ts'
import { Ring } from './ring.ts'
import { Trimmer } from './trim.ts'

export interface StoreOptions {
  /** Folder of the journal; made when it is not there. */
  readonly path: string
  /** Nothing is taken while less than this is free on the disk. */
  readonly reserveBytes: number
  /** How long sealed bytes stay in the journal after their anchor is final. */
  readonly keepMs: number
}

export interface StoreDeps {
  readonly log: Logger
  /** Where blocks are once the journal has let go of their bytes. */
  readonly archive: { get(digest: Uint8Array): Promise<Uint8Array | undefined> }
}

/** A sealed batch as IPFS knows it. */
export interface StoredBlock {
  readonly digest: Uint8Array
  readonly bytes: Uint8Array
}

/** A batch that is on the disk for the first time. */
export interface NewBatch extends SealedHeader {
  readonly digest: Uint8Array
  /** Another hospital anchored it before it came here. */
  readonly isAnchored: boolean
}

interface Waiting {
  readonly batch: GenuineBatch
  readonly origin: Origin
  admission: Admission | undefined
}

/** Most batches in one commit. */
const COMMIT_LIMIT = 1_024
/** Batches kept in memory until they are archived, and their records until they are anchored. */
const COUNT_LIMIT = 32_768
const BYTES_LIMIT = 8 * 1_048_576
const RECORDS_LIMIT_BYTES = 6 * 1_048_576

/**
 * The journal and index of everything that was taken.
 *
 * One LevelDB; what was taken while the disk was busy goes to it together, so that one fsync serves many.
 */
export class Store {
  readonly #disk: Disk
  readonly #commits: GroupCommit<Waiting>
  readonly #onTaken = new Set<(last: number) => void>()
  readonly #onNew = new Set<(batches: readonly NewBatch[]) => void>()
  readonly anchors: Anchors
  readonly reader: Reader
  readonly devices: DeviceNotes
  readonly forks: Forks
  readonly trimmer: Trimmer
  readonly eraser: Eraser
  /** What came last, for those who come for it within seconds. */
  #recentBytes = new Ring(BYTES_LIMIT, COUNT_LIMIT)
  #recentRecords = new Ring(RECORDS_LIMIT_BYTES, COUNT_LIMIT)
  #last = 0
  #lastReplica = keys.REPLICAS

  constructor(options: StoreOptions, { log, archive }: StoreDeps) {
    this.#disk = new Disk(options, { log })
    this.#commits = new GroupCommit((group) => this.#commit(group), COMMIT_LIMIT)
    this.anchors = new Anchors(this.#disk)
    this.reader = new Reader(this.#disk, { anchors: this.anchors, archive })
    this.devices = new DeviceNotes(this.#disk)
    this.forks = new Forks(this.#disk)
    this.eraser = new Eraser(this.#disk)
    this.trimmer = new Trimmer({ keepMs: options.keepMs }, { disk: this.#disk, anchors: this.anchors })
  }

  /** Open, reading only cursors and heads: the time does not grow with what is held. */
  async open(): Promise<void> {
    await this.#disk.open(() => this.#load())
    await this.#load()
  }

  async close(): Promise<void> {
    await this.#commits.idle()
    await this.devices.flush().catch(() => {})
    await this.#disk.close()
  }

  /** Arrival of the last batch taken; 0 before the first. */
  get last(): number {
    return this.#last
  }

  /** Batches that wait for the disk. */
  get waiting(): number {
    return this.#commits.waiting
  }

  /** False while nothing can be written. */
  get isUp(): boolean {
    return this.#disk.isUp
  }

  /** Bytes free on its disk when last looked. */
  get freeBytes(): number {
    return this.#disk.freeBytes
  }

  /** Call `listener` with the newest arrival after every commit that took something. @returns ends it */
  onTaken(listener: (last: number) => void): () => void {
    this.#onTaken.add(listener)
    return () => this.#onTaken.delete(listener)
  }

  /** Call `listener` with what every commit brought, of devices and of other hospitals. @returns ends it */
  onNew(listener: (batches: readonly NewBatch[]) => void): () => void {
    this.#onNew.add(listener)
    return () => this.#onNew.delete(listener)
  }

  /**
   * Take a genuine batch. Once this resolves the answer is on the disk.
   *
   * @throws {StoreError} when the disk does not take it: then nothing may be acknowledged
   */
  async take(batch: GenuineBatch): Promise<Admission> {
    return this.#admit(batch, 'device')
  }

  /**
   * Index a genuine batch that another hospital anchored and the blockstore holds.
   *
   * @throws {StoreError} when the disk does not take it
   */
  async replicate(batch: GenuineBatch): Promise<Admission> {
    return this.#admit(batch, 'replica')
  }

  /** Batches indexed because others anchored them; those that their devices sent here later are among them. */
  get replicas(): number {
    return this.#lastReplica - keys.REPLICAS
  }

  async #admit(batch: GenuineBatch, origin: Origin): Promise<Admission> {
    const waiting: Waiting = { batch, origin, admission: undefined }
    await this.#commits.add(waiting)
    if (waiting.admission === undefined) throw new Error('committed without a decision')
    return waiting.admission
  }

  /** A number that some part remembers across restarts; 0 before it is set. */
  async cursor(name: string): Promise<number> {
    const held = await this.#disk.level.get(keys.cursorKey(name))
    return held === undefined ? 0 : keys.readNumber(held, 0)
  }

  /** Not synced: after a power cut an older number may come back. */
  async setCursor(name: string, value: number): Promise<void> {
    await this.#disk.write([put(keys.cursorKey(name), keys.numberBytes(value))], false)
  }

  /** Batches `first` to `last`; soon after they came, and in order, this costs no reading. */
  async records(first: number, last: number): Promise<RecordList> {
    const recent = this.#recentRecords.views(first, last)
    const list = new RecordList(first, recent ?? (await this.reader.encodedRecords(first, last)))
    this.#recentRecords.release(last)
    return list
  }

  /** Blocks `first` to `last`, likewise; `release` them once they are elsewhere. */
  async blocks(first: number, last: number): Promise<readonly StoredBlock[]> {
    const recent = this.#recentBytes.views(first, last)
    const blocks = recent ?? (await this.reader.bytes(first, last))
    return blocks.map((bytes) => ({ digest: hash('sha256', bytes, 'buffer'), bytes }))
  }

  /** The blocks up to `last` are kept elsewhere: memory may let go of them. */
  release(last: number): void {
    this.#recentBytes.release(last)
  }

  async #load(): Promise<void> {
    // In new memory: somebody may hold what lies in the old.
    this.#recentBytes = new Ring(BYTES_LIMIT, COUNT_LIMIT)
    this.#recentRecords = new Ring(RECORDS_LIMIT_BYTES, COUNT_LIMIT)
    this.#last = await this.#lastRecord(0, keys.REPLICAS)
    this.#lastReplica = await this.#lastRecord(keys.REPLICAS, Number.MAX_SAFE_INTEGER)
    await this.anchors.load()
  }

  /** Number of the last record above `floor` and up to `limit`; `floor` when there is none. */
  async #lastRecord(floor: number, limit: number): Promise<number> {
    const range = { gt: keys.recordKey(floor), lte: keys.recordKey(limit) }
    const [key] = await this.#disk.level.keys({ ...range, reverse: true, limit: 1 }).all()
    return key === undefined ? floor : keys.numberOf(key)
  }

  async #commit(group: readonly Waiting[]): Promise<void> {
    const overlay = new Overlay()
    const asked = group.flatMap(({ batch }) => keysAbout(batch))
    const values = await this.#disk.getMany(asked)
    for (const [index, key] of asked.entries()) overlay.know(key, values[index])
    let next = this.#last + 1
    let nextReplica = this.#lastReplica + 1
    const decided: Admission[] = []
    const seen = new Map<Address, GenuineBatch>()
    for (const { batch, origin } of group) {
      const admission = admit(batch, origin === 'device' ? next : nextReplica, overlay, origin)
      decided.push(admission)
      if (admission.outcome === 'new') {
        if (origin === 'device') next++
        else nextReplica++
        seen.set(batch.header.device, batch)
      } else if (admission.outcome === 'forked') {
        await this.forks.note(batch, admission.against, overlay)
      }
    }
    if (overlay.operations.length > 0) await this.#disk.write(overlay.operations, true)
    for (const [index, waiting] of group.entries()) {
      const admission = decided[index]
      waiting.admission = admission
      if (admission?.outcome !== 'new' || waiting.origin === 'replica') continue
      this.#recentBytes.add(admission.arrival, waiting.batch.bytes)
      this.#recentRecords.add(admission.arrival, admission.record)
    }
    for (const [device, { at, header }] of seen) this.devices.saw(device, at, header)
    this.#lastReplica = nextReplica - 1
    this.#tellNew(group, decided)
    if (next - 1 === this.#last) return
    this.#last = next - 1
    for (const listener of this.#onTaken) listener(this.#last)
  }

  #tellNew(group: readonly Waiting[], decided: readonly Admission[]): void {
    if (this.#onNew.size === 0) return
    const batches = group.flatMap(({ batch: { header, digest }, origin }, index): NewBatch[] =>
      decided[index]?.outcome === 'new' ? [{ ...header, digest, isAnchored: origin === 'replica' }] : [],
    )
    if (batches.length > 0) for (const listener of this.#onNew) listener(batches)
  }
}

/** Open the journal at `options.path`. */
export async function openStore(options: StoreOptions, deps: StoreDeps): Promise<Store> {
  const store = new Store(options, deps)
  await store.open()
  return store
}
