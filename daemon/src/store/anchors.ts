import { decodeCbor, encodeCbor } from '@hygeia/protocol/cbor'
import { FieldReader, rawOf } from '@hygeia/protocol/fields'
import type { Hex32 } from '@hygeia/protocol/ids'
import { anchorFields, readAnchor } from '@hygeia/protocol/receipt/codec'
import type { SignedAnchor } from '@hygeia/protocol/receipt/receipt'
import type { UnixMs } from '@hygeia/protocol/units'
import { type Disk, del, NOTHING, put } from './disk.ts'
import * as keys from './keys.ts'

/** What will be anchored: decided and on the disk before anything is sent. */
export interface AnchorIntent {
  /** Arrivals of the first and last batch; its leaves are all batches between, in order of arrival. */
  readonly first: number
  readonly last: number
  readonly root: Hex32
  /** SHA-256 digest in the manifest's CID. */
  readonly manifest: Hex32
}

export interface AnchorRecord extends AnchorIntent {
  /** Once final: the hospital's signed word, and when it was given. */
  readonly final: { readonly anchor: SignedAnchor; readonly at: UnixMs } | undefined
}

export const countOf = ({ first, last }: AnchorIntent) => last - first + 1

const NODE_BYTES = 32
/** Nodes of a tree in one value: the top eight levels of a tree are read together. */
const CHUNK_NODES = 255
/** Trees kept in memory, a quarter of a MiB each as a rule. */
const TREES_LIMIT = 16
const RECORD_LIMIT_BYTES = 4_096

/** Anchors and their trees, oldest to newest; every batch taken falls under exactly one. */
export class Anchors {
  readonly #disk: Disk
  #through = 0
  #open: AnchorRecord[] = []
  /** Trees of the newest anchors by last arrival: their receipts go out first. */
  readonly #trees = new Map<number, Uint8Array>()

  constructor(disk: Disk) {
    this.#disk = disk
  }

  /** Read what is not final; called at the start and after repairs. */
  async load(): Promise<void> {
    const { level } = this.#disk
    const [newest] = await level.keys({ ...allAnchors, reverse: true, limit: 1 }).all()
    this.#through = newest === undefined ? 0 : keys.numberOf(newest)
    const open = await level.keys({ gt: keys.openKey(0), lte: keys.openKey(Number.MAX_SAFE_INTEGER) }).all()
    const values = await level.getMany(open.map((key) => keys.anchorKey(keys.numberOf(key))))
    this.#open = values.filter((value) => value !== undefined).map(decodeAnchorRecord)
  }

  /** Arrival of the last batch that any anchor holds, final or not. */
  get through(): number {
    return this.#through
  }

  /** Arrival of the last batch before the first that has no receipt. */
  get proven(): number {
    return (this.#open[0]?.first ?? this.#through + 1) - 1
  }

  /** Anchors that are not final, oldest first. */
  get open(): readonly AnchorRecord[] {
    return this.#open
  }

  /**
   * Put an intent and its tree on the disk.
   *
   * @param nodes - the tree as one array of 32-byte nodes, root first
   */
  async intend(intent: AnchorIntent, nodes: Uint8Array): Promise<AnchorRecord> {
    if (intent.first !== this.#through + 1) throw new Error('anchors leave no gaps')
    const record: AnchorRecord = { ...intent, final: undefined }
    const operations = [
      put(keys.anchorKey(intent.last), encodeAnchorRecord(record)),
      put(keys.openKey(intent.last), NOTHING),
      put(keys.rootKey(intent.root), keys.numberBytes(intent.last)),
    ]
    const chunkBytes = CHUNK_NODES * NODE_BYTES
    for (let chunk = 0; chunk * chunkBytes < nodes.length; chunk++) {
      const part = nodes.subarray(chunk * chunkBytes, (chunk + 1) * chunkBytes)
      operations.push(put(keys.nodesKey(intent.last, chunk), part))
    }
    await this.#disk.write(operations, true)
    this.#through = intent.last
    this.#open.push(record)
    this.#trees.set(intent.last, nodes)
    const [oldest] = this.#trees.keys()
    if (this.#trees.size > TREES_LIMIT && oldest !== undefined) this.#trees.delete(oldest)
    return record
  }

  /** Put the signed statement of a final anchor on the disk. */
  async finish(record: AnchorRecord, anchor: SignedAnchor, at: UnixMs): Promise<AnchorRecord> {
    const finished: AnchorRecord = { ...record, final: { anchor, at } }
    await this.#disk.write(
      [put(keys.anchorKey(record.last), encodeAnchorRecord(finished)), del(keys.openKey(record.last))],
      true,
    )
    this.#open = this.#open.filter(({ last }) => last !== record.last)
    return finished
  }

  /** Take back that an anchor is final: its statement goes, and it is open again. */
  async reopen(record: AnchorRecord): Promise<AnchorRecord> {
    const reopened: AnchorRecord = { ...record, final: undefined }
    await this.#disk.write(
      [
        put(keys.anchorKey(record.last), encodeAnchorRecord(reopened)),
        put(keys.openKey(record.last), NOTHING),
      ],
      true,
    )
    this.#open = [...this.#open.filter(({ last }) => last !== record.last), reopened].sort(
      (a, b) => a.last - b.last,
    )
    return reopened
  }

  /** Anchors before the one that ends with `last`, newest first; open ones among them. */
  async before(last: number, limit: number): Promise<readonly AnchorRecord[]> {
    const range = { gte: keys.anchorKey(0), lt: keys.anchorKey(last), reverse: true, limit }
    return (await this.#disk.level.values(range).all()).map(decodeAnchorRecord)
  }

  /** The anchor that holds the batch with this arrival; undefined while there is none. */
  async holding(arrival: number): Promise<AnchorRecord | undefined> {
    if (arrival > this.#through) return undefined
    const [value] = await this.#disk.level
      .values({ gte: keys.anchorKey(arrival), lte: allAnchors.lte, limit: 1 })
      .all()
    return value === undefined ? undefined : decodeAnchorRecord(value)
  }

  /** The anchor of a root; undefined when this hospital's journal has none. */
  async underRoot(root: Hex32): Promise<AnchorRecord | undefined> {
    const last = await this.#disk.level.get(keys.rootKey(root))
    return last === undefined ? undefined : this.holding(keys.readNumber(last, 0))
  }

  /** Final anchors after the one that ends with `last`, oldest first. */
  async after(last: number, limit: number): Promise<readonly AnchorRecord[]> {
    const range = { gt: keys.anchorKey(last), lte: allAnchors.lte, limit }
    return (await this.#disk.level.values(range).all()).map(decodeAnchorRecord)
  }

  /** Whether the batch with this arrival has a receipt. */
  isFinal(arrival: number): boolean {
    return (
      arrival <= this.#through && !this.#open.some(({ first, last }) => first <= arrival && arrival <= last)
    )
  }

  /** Proofs of the leaves at `indexes` in the anchor's tree, siblings from the leaf up. */
  async proofs(
    record: AnchorIntent,
    indexes: readonly number[],
  ): Promise<readonly (readonly Uint8Array[])[]> {
    const count = countOf(record)
    const paths = indexes.map((index) => siblings(count, index))
    const nodes = await this.#nodes(record, paths.flat())
    return paths.map((path) => path.map(nodes))
  }

  /** Finds nodes by position: those in `wanted`, at least. */
  async #nodes(record: AnchorIntent, wanted: readonly number[]): Promise<(node: number) => Uint8Array> {
    const tree = this.#trees.get(record.last)
    if (tree !== undefined) return (node) => tree.subarray(node * NODE_BYTES, (node + 1) * NODE_BYTES)
    const chunks = [...new Set(wanted.map((node) => Math.floor(node / CHUNK_NODES)))]
    const values = await this.#disk.level.getMany(chunks.map((chunk) => keys.nodesKey(record.last, chunk)))
    const held = new Map(chunks.map((chunk, index) => [chunk, values[index]]))
    return (node) => {
      const offset = (node % CHUNK_NODES) * NODE_BYTES
      const bytes = held.get(Math.floor(node / CHUNK_NODES))?.subarray(offset, offset + NODE_BYTES)
      if (bytes === undefined) throw new Error('a tree without nodes')
      return bytes
    }
  }
}

const allAnchors = { gt: keys.anchorKey(0), lte: keys.anchorKey(Number.MAX_SAFE_INTEGER) }

/** Positions of the siblings on the way from a leaf to the root: leaf `i` of `n` is node `2n − 2 − i`. */
function siblings(count: number, index: number): readonly number[] {
  const path: number[] = []
  for (let node = 2 * count - 2 - index; node > 0; node = (node - 1) >> 1) {
    path.push(node % 2 === 0 ? node - 1 : node + 1)
  }
  return path
}

function encodeAnchorRecord({ first, last, root, manifest, final }: AnchorRecord): Uint8Array {
  const stated = final === undefined ? null : [anchorFields(final.anchor), final.at]
  return encodeCbor([first, last, rawOf(root), rawOf(manifest), stated])
}

function decodeAnchorRecord(value: Uint8Array): AnchorRecord {
  const decoded = decodeCbor(value, 'anchor record', RECORD_LIMIT_BYTES)
  const fields = new FieldReader('anchor record', decoded, 5)
  return {
    first: fields.uint(),
    last: fields.uint(),
    root: fields.hex32(),
    manifest: fields.hex32(),
    final: fields.orNull((reader) => {
      const parts = new FieldReader('final anchor', reader.any(), 2)
      return { anchor: readAnchor(parts.any()), at: parts.instant() }
    }),
  }
}
