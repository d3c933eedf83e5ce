import type { Label } from '@hygeia/protocol/label'
import type { UnixMs } from '@hygeia/protocol/units'
import type { AnchorIntent } from './anchors.ts'
import { type Disk, del, type Operation, put } from './disk.ts'
import * as keys from './keys.ts'
import { type BatchRecord, encodeRecord } from './record.ts'

const ARRIVAL_BYTES = 8
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

  /** Digest of the manifest that stands for an anchor's now; the anchor's own until something was erased. */
  async manifestOf({ last, manifest }: AnchorIntent): Promise<Uint8Array> {
    return (await this.#disk.level.get(keys.replacementKey(last))) ?? Buffer.from(manifest.slice(2), 'hex')
  }

  /** Resolves when it is on disk. @param digest - 32 bytes */
  async putReplacement({ last }: AnchorIntent, digest: Uint8Array): Promise<void> {
    await this.#disk.write([put(keys.replacementKey(last), digest)], true)
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
}
