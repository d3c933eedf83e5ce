import { hash } from 'node:crypto'
import {
  ERASURE_LIFE_MS,
  erasureDigest,
  isErasureSigned,
  type SignedErasure,
} from '@hygeia/protocol/erasure/erasure'
import { type Address, type Hex32, toHex } from '@hygeia/protocol/ids'
import { encodeReplacement } from '@hygeia/protocol/manifest/replacement'
import type { Recover } from '@hygeia/protocol/signature'
import type { Realm } from '@hygeia/protocol/typed-data/domain'
import type { UnixMs } from '@hygeia/protocol/units'
import type { Clock } from '@hygeia/runtime/clock'
import { Counter, type Registry } from 'prom-client'
import { IpfsError } from '../ipfs/errors.ts'
import type { IpfsNode } from '../ipfs/node.ts'
import { METRICS } from '../metrics/names.ts'
import type { AnchorRecord } from '../store/anchors.ts'
import { isBlank } from '../store/eraser.ts'
import type { ListedBatch } from '../store/reader.ts'
import type { Store } from '../store/store.ts'
import { ErasureError } from './errors.ts'

export interface ErasureOptions {
  readonly realm: Realm
  /** Operator account of this hospital. */
  readonly hospital: Address
}

export interface ErasureDeps {
  readonly store: Pick<Store, 'reader' | 'anchors' | 'records' | 'eraser'>
  readonly ipfs: Pick<IpfsNode, 'pin' | 'sync' | 'drop'>
  readonly replicas: {
    /** Manifests of others that this hospital holds link to none of `digests` when it resolves, and what did can go. */
    leaveOut(digests: readonly Uint8Array[]): Promise<{
      readonly manifests: number
      /** Digests of what was replaced. */
      readonly former: readonly Uint8Array[]
    }>
  }
  readonly devices: { devicesOf(patient: Address): readonly Address[] }
  readonly grants: {
    /** Fragments of grants for data of this time alone are gone when it resolves. @returns of how many grants */
    dropWithin(patient: Address, from: UnixMs, to: UnixMs): Promise<number>
  }
  readonly audit: {
    append(draft: {
      readonly event: 'erased'
      readonly patient: Address
      readonly physician: Address
      readonly grant: Hex32
      readonly request: Hex32
      readonly batches: number
      readonly reason: string
    }): Promise<unknown>
  }
  readonly recover: Recover
  readonly clock: Clock
  readonly metrics: Registry
}

/** What was deleted here. */
export interface Erased {
  readonly batches: number
  /** Batches of that time that are not anchored for good yet: to be asked for again. */
  readonly waiting: number
  /** Manifests that were replaced. */
  readonly manifests: number
  /** Grants whose fragments are gone. */
  readonly grants: number
}

const PAGE = 1_000
const RETRY_SEC = 60
const NOBODY = `0x${'00'.repeat(20)}` as Address
const NO_GRANT = `0x${'00'.repeat(32)}` as Hex32

/**
 * Deletes what a patient orders to be deleted, at this hospital: sealed batches with what the journal knows of them,
 * the manifests that link to them, and fragments. On the chain, salted digests and pseudonyms stay; here, each
 * batch's device, sequence and digest, so that it is not taken again. Backups are the operator's to delete, and
 * whoever holds the seed can make the keys anew.
 */
export class Erasures {
  readonly #options: ErasureOptions
  readonly #deps: ErasureDeps
  readonly #erased: Counter
  /** One at a time: two replacements of one manifest would lose one of them. */
  #running: Promise<unknown> = Promise.resolve()

  constructor(options: ErasureOptions, deps: ErasureDeps) {
    this.#options = options
    this.#deps = deps
    this.#erased = new Counter({
      ...METRICS.erasedBatchesTotal,
      registers: [deps.metrics],
    })
  }

  /**
   * Carry out an order; interrupted, the same again finishes it.
   *
   * @throws {ErasureError}
   * @throws {StoreError} when the audit log does not take the line: then nothing is deleted
   */
  erase(order: SignedErasure): Promise<Erased> {
    const running = this.#running.catch(() => {}).then(() => this.#erase(order))
    this.#running = running
    return running
  }

  async #erase(order: SignedErasure): Promise<Erased> {
    const { realm } = this.#options
    const { clock, recover, audit, grants, ipfs } = this.#deps
    const { patient, from, to, expires } = order
    const now = clock.now()
    if (expires <= now || expires > now + ERASURE_LIFE_MS || to > now + ERASURE_LIFE_MS) {
      throw new ErasureError('not at this time', { code: 'ERASURE_EXPIRED' })
    }
    if (!isErasureSigned(realm, order, recover)) {
      throw new ErasureError('not signed by the patient', { code: 'ERASURE_SIGNATURE' })
    }
    if (ipfs.drop === undefined) {
      throw new ErasureError('this node keeps all', { code: 'ERASURE_UNSUPPORTED' })
    }
    const { wanted, waiting } = await this.#find(patient, from, to)
    const request = toHex(erasureDigest(realm, order)) as string as Hex32
    const about = { patient, physician: NOBODY, grant: NO_GRANT, request, reason: '' }
    await audit.append({ event: 'erased', ...about, batches: wanted.length })
    const dealt = await grants.dropWithin(patient, from, to)
    const manifests = await this.#delete(wanted).catch((cause: unknown) => {
      if (!(cause instanceof IpfsError)) throw cause
      const detail = { code: 'ERASURE_UNFINISHED', retryAfterSec: RETRY_SEC } as const
      throw new ErasureError('blocks could not be deleted', detail, { cause })
    })
    this.#erased.inc(wanted.length)
    return { batches: wanted.length, waiting, manifests, grants: dealt }
  }

  async #find(patient: Address, from: UnixMs, to: UnixMs) {
    const { store, devices } = this.#deps
    const wanted: ListedBatch[] = []
    let waiting = 0
    let cursor: string | undefined
    do {
      const listing = { devices: devices.devicesOf(patient), from, to, limit: PAGE }
      const page = await store.reader.list({ ...listing, ...(cursor !== undefined && { cursor }) })
      // Until its anchor is final, a batch may have to be put under another.
      for (const batch of page.batches) {
        if (batch.state === 'anchored') wanted.push(batch)
        else waiting++
      }
      cursor = page.next
    } while (cursor !== undefined)
    return { wanted, waiting }
  }

  /** @returns how many manifests were replaced */
  async #delete(wanted: readonly ListedBatch[]): Promise<number> {
    if (wanted.length === 0) return 0
    const { store, ipfs, replicas } = this.#deps
    const byAnchor = new Map<number, { anchor: AnchorRecord | undefined; batches: ListedBatch[] }>()
    for (const batch of wanted) {
      const anchor = await store.anchors.holding(batch.arrival)
      const held = byAnchor.get(anchor?.last ?? 0) ?? { anchor, batches: [] }
      held.batches.push(batch)
      byAnchor.set(anchor?.last ?? 0, held)
    }
    const digests = wanted.map(({ digest }) => digest)
    // A batch may have been anchored by more than one hospital: nothing links to it any more before it is dropped.
    const { manifests, former } = await replicas.leaveOut(digests)
    const gone = [...former]
    let own = 0
    for (const { anchor, batches } of byAnchor.values()) {
      if (anchor === undefined) continue
      gone.push(...(await this.#replace(anchor, batches)))
      own++
    }
    await ipfs.drop?.([...gone, ...digests])
    // Last: until then the same order finds them again.
    for (const { batches } of byAnchor.values()) await store.eraser.forget(batches)
    return manifests + own
  }

  /** Put a manifest without these batches in the place of an anchor's. @returns digests of what stood there before */
  async #replace(anchor: AnchorRecord, batches: readonly ListedBatch[]): Promise<readonly Uint8Array[]> {
    const { store, ipfs } = this.#deps
    const erased = new Set(batches.map(({ arrival }) => arrival))
    const records = (await store.records(anchor.first, anchor.last)).all()
    const leaves = records.map((record) => {
      const { device, incarnation, sequence, digest, leafHash } = record
      const isGone = erased.has(record.arrival) || isBlank(record)
      return isGone ? { leafHash } : { device, incarnation, sequence, digest }
    })
    const bytes = encodeReplacement({
      hospital: this.#options.hospital,
      replaces: anchor.manifest,
      leaves,
    })
    const digest = hash('sha256', bytes, 'buffer')
    await ipfs.pin({ digest, bytes })
    await ipfs.sync()
    return await store.eraser.replace(anchor.manifest, digest)
  }
}
