import { sameBytes } from '@hygeia/protocol/cbor'
import { fromHex, type Hex32 } from '@hygeia/protocol/ids'
import type { Label } from '@hygeia/protocol/label'
import type { UnixMs } from '@hygeia/protocol/units'
import { type Disk, del, NOTHING, type Operation, put } from './disk.ts'
import * as keys from './keys.ts'
import { type BatchRecord, encodeRecord } from './record.ts'

const ARRIVAL_BYTES = 8
const DIGEST_BYTES = 32
const ERASED = Uint8Array.of(1)
/** What a record says of a batch that is erased: nothing of when and what it was. */
const BLANK = { label: '' as Label, from: 0 as UnixMs, to: 0 as UnixMs, at: 0 as UnixMs, sizeBytes: 0 }

/** @param value - under the batch's digest */
export const isErased = (value: Uint8Array) => value.length > ARRIVAL_BYTES

/** Whether a record is of a batch that is erased. */
export const isBlank = ({ label }: Pick<BatchRecord, 'label'>) => label === ''

/**
 * Lets go of what the journal knows of a batch, but for its place in its device's chain and its leaf: it is neither
 * listed, found nor given out any more, and should it come again it is known.
 */
export class Eraser {
  readonly #disk: Disk

  constructor(disk: Disk) {
    this.#disk = disk
  }

  /** Which of these batches are erased, in the order of `digests`: they are not to be fetched from others. */
  async areErased(digests: readonly Uint8Array[]): Promise<readonly boolean[]> {
    const held = await this.#disk.level.getMany(digests.map(keys.digestKey))
    return held.map((value) => value !== undefined && isErased(value))
  }

  /** Digest of what stands for a manifest now: its own until something of it was erased. */
  async standingFor(manifest: Hex32): Promise<Uint8Array> {
    const [newest = fromHex(manifest)] = await this.#replacements(manifest)
    return newest
  }

  /**
   * Resolves when it is on disk.
   *
   * @param digest - of what stands for the manifest from now on, 32 bytes
   * @returns digests of all that stood for it before, which may still be there if it was interrupted
   */
  async replace(manifest: Hex32, digest: Uint8Array): Promise<readonly Uint8Array[]> {
    const former = (await this.#replacements(manifest)).filter((one) => !sameBytes(one, digest))
    const value = Buffer.concat([digest, ...former])
    await this.#disk.write([put(keys.replacementKey(fromHex(manifest)), value)], true)
    return [fromHex(manifest), ...former]
  }

  /** Resolves when it is on disk, and nothing of what was there is. */
  async forget(records: readonly BatchRecord[]): Promise<void> {
    if (records.length === 0) return
    const operations = records.flatMap((record): readonly Operation[] => {
      const { arrival, device, label, from, digest } = record
      const number = Buffer.allocUnsafe(ARRIVAL_BYTES)
      keys.writeNumber(number, arrival, 0)
      return [
        del(keys.bytesKey(arrival)),
        del(keys.timeKey(device, label, from, arrival)),
        put(keys.digestKey(digest), Buffer.concat([number, ERASED])),
        put(keys.recordKey(arrival), encodeRecord({ ...record, ...BLANK })),
      ]
    })
    const arrivals = records.map(({ arrival }) => arrival)
    const [first, last] = [Math.min(...arrivals), Math.max(...arrivals)]
    const devices = new Set(records.map(({ device }) => device))
    await this.#disk.writeOver(operations, [
      [keys.bytesKey(first), keys.bytesKey(last)],
      [keys.recordKey(first), keys.recordKey(last)],
      ...[...devices].map((device) => {
        const prefix = keys.timePrefix(device)
        return [prefix, Buffer.concat([prefix, Buffer.alloc(58, 0xff)])] as const
      }),
    ])
  }

  /** Newest first. */
  async #replacements(manifest: Hex32): Promise<readonly Uint8Array[]> {
    const value = (await this.#disk.level.get(keys.replacementKey(fromHex(manifest)))) ?? NOTHING
    return Array.from({ length: value.length / DIGEST_BYTES }, (_, at) =>
      value.subarray(at * DIGEST_BYTES, (at + 1) * DIGEST_BYTES),
    )
  }
}
