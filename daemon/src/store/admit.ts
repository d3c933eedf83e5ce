import { sameBytes } from '@hygeia/protocol/cbor'
import { digestOfCid } from '@hygeia/protocol/sealed/cid'
import type { SealedHeader } from '@hygeia/protocol/sealed/header'
import type { UnixMs } from '@hygeia/protocol/units'
import { del, NOTHING, type Operation, put } from './disk.ts'
import { isErased } from './eraser.ts'
import * as keys from './keys.ts'
import { encodeRecord } from './record.ts'

/** Who brought a batch: a device, to have it anchored here; or another hospital's manifest, anchored already. */
export type Origin = 'device' | 'replica'

/** A sealed batch that was judged to be genuine. */
export interface GenuineBatch {
  readonly bytes: Uint8Array
  readonly header: SealedHeader
  /** SHA-256 of `bytes`, as in its CID. */
  readonly digest: Uint8Array
  /** `batchLeafHash` of it. */
  readonly leafHash: Uint8Array
  /** When it came. */
  readonly at: UnixMs
}

export type Admission =
  /** Taken now; `record` is what the journal keeps of it besides its bytes. */
  | { readonly outcome: 'new'; readonly arrival: number; readonly record: Uint8Array }
  /** These very bytes were taken before. */
  | { readonly outcome: 'known'; readonly arrival: number }
  /** Contradicts `against`, which came first. */
  | { readonly outcome: 'forked'; readonly against: Uint8Array }

/** Keys whose values decide about one batch, in the order in which `admit` takes the values. */
export function keysAbout({ header, digest }: GenuineBatch): readonly Buffer[] {
  const { device, incarnation, sequence, prev } = header
  const own = [
    keys.digestKey(digest),
    keys.sequenceKey(device, incarnation, sequence),
    keys.successorKey(device, digest),
  ]
  if (prev === undefined) return own
  const before = digestOfCid(prev)
  return [...own, keys.successorKey(device, before), keys.digestKey(before)]
}

/** Sees what is on the disk with what the same commit has written so far laid over it. */
export class Overlay {
  readonly #values = new Map<string, Uint8Array | undefined>()
  readonly operations: Operation[] = []

  /** What the disk holds under `key`. */
  know(key: Buffer, value: Uint8Array | undefined): void {
    const name = key.toString('latin1')
    if (!this.#values.has(name)) this.#values.set(name, value)
  }

  get(key: Buffer): Uint8Array | undefined {
    return this.#values.get(key.toString('latin1'))
  }

  put(key: Buffer, value: Uint8Array): void {
    this.#values.set(key.toString('latin1'), value)
    this.operations.push(put(key, value))
  }

  /** A key that no decision looks at. */
  append(operation: Operation): void {
    this.operations.push(operation)
  }
}

/**
 * Decide about one genuine batch and note what is to be written if it is taken.
 *
 * A replica that its device sends here too is new: it gets a number among the arrivals, so that this hospital anchors
 * it and has a receipt of its own for it, and gives up the number that it had.
 *
 * @param arrival - its number should it be new
 */
export function admit(
  batch: GenuineBatch,
  arrival: number,
  overlay: Overlay,
  origin: Origin = 'device',
): Admission {
  const { bytes, header, digest, leafHash, at } = batch
  const { device, incarnation, sequence, prev } = header
  const [own, place, after, beside, before] = keysAbout(batch)
  if (own === undefined || place === undefined || after === undefined) throw new Error('keys are missing')
  const held = overlay.get(own)
  if (held !== undefined) {
    const known = keys.readNumber(held, 0)
    if (origin === 'replica' || !keys.isReplica(known) || isErased(held))
      return { outcome: 'known', arrival: known }
    overlay.append(del(keys.recordKey(known)))
    overlay.append(del(keys.timeKey(device, header.label, header.from, known)))
  }
  const rival = overlay.get(place)?.subarray(0, 32) ?? (beside && overlay.get(beside))
  if (rival !== undefined && !sameBytes(rival, digest)) return { outcome: 'forked', against: rival }

  const number = keys.numberBytes(arrival)
  overlay.put(own, number)
  overlay.put(place, Buffer.concat([digest, number]))
  // The blockstore has the bytes of a replica before anything else has.
  if (origin === 'device') overlay.append(put(keys.bytesKey(arrival), bytes))
  const { label, from, to, isDated, priority } = header
  const leaf = { device, incarnation, sequence, digest, leafHash }
  const fields = { ...leaf, arrival, label, from, to, isDated, priority, sizeBytes: bytes.length, at }
  const record = encodeRecord(fields)
  overlay.append(put(keys.recordKey(arrival), record))
  overlay.append(put(keys.timeKey(device, label, from, arrival), NOTHING))
  if (prev !== undefined && beside !== undefined && before !== undefined) {
    overlay.put(beside, digest)
    if (overlay.get(before) === undefined) overlay.append(put(keys.gapKey(device, digestOfCid(prev)), number))
  }
  // Its successor came earlier and has been waiting for it.
  if (overlay.get(after) !== undefined) overlay.append(del(keys.gapKey(device, digest)))
  return { outcome: 'new', arrival, record }
}
