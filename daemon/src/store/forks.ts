import { decodeCbor, encodeCbor } from '@hygeia/protocol/cbor'
import { FieldReader } from '@hygeia/protocol/fields'
import type { Address } from '@hygeia/protocol/ids'
import type { UnixMs } from '@hygeia/protocol/units'
import type { GenuineBatch, Overlay } from './admit.ts'
import type { Disk } from './disk.ts'
import * as keys from './keys.ts'

/** Most forked batches kept of one device: enough to prove it, not enough to fill a disk with. */
export const FORKS_LIMIT = 64

/** A batch that contradicts one that came before it. Both are genuine, so their device is not honest. */
export interface Fork {
  /** The later one, as it came. */
  readonly bytes: Uint8Array
  /** Digest in the CID of the earlier one, which the journal holds. */
  readonly against: Uint8Array
  readonly at: UnixMs
}

/** Evidence against devices that signed two histories. */
export class Forks {
  readonly #disk: Disk

  constructor(disk: Disk) {
    this.#disk = disk
  }

  /** Write the evidence with the commit that refuses `batch`, unless enough of its device is held. */
  async note({ bytes, header, digest, at }: GenuineBatch, against: Uint8Array, overlay: Overlay) {
    const key = keys.forkKey(header.device, digest)
    if (overlay.get(key) !== undefined) return
    const range = keys.deviceRange('q', header.device)
    const held = await this.#disk.level.keys({ ...range, limit: FORKS_LIMIT }).all()
    if (held.length >= FORKS_LIMIT || held.some((other) => key.equals(other))) return
    overlay.put(key, encodeFork({ bytes, against, at }))
  }

  /** At most 64, in no order that means anything. */
  async of(device: Address): Promise<readonly Fork[]> {
    const values = await this.#disk.level.values(keys.deviceRange('q', device)).all()
    return values.map(decodeFork)
  }

  /** How many are held of each device, of at most `limit` in all. */
  async byDevice(limit: number): Promise<ReadonlyMap<Address, number>> {
    const counts = new Map<Address, number>()
    for await (const key of this.#disk.level.keys({ ...keys.allOf('q'), limit })) {
      const device = keys.deviceIn(key)
      counts.set(device, (counts.get(device) ?? 0) + 1)
    }
    return counts
  }

  async find(device: Address, digest: Uint8Array): Promise<Fork | undefined> {
    const value = await this.#disk.level.get(keys.forkKey(device, digest))
    return value === undefined ? undefined : decodeFork(value)
  }
}

function encodeFork({ bytes, against, at }: Fork): Uint8Array {
  return encodeCbor([bytes, against, at])
}

function decodeFork(value: Uint8Array): Fork {
  const fields = new FieldReader('fork', decodeCbor(value, 'fork', Number.MAX_SAFE_INTEGER), 3)
  return { bytes: fields.bytes(0, Number.MAX_SAFE_INTEGER), against: fields.bytes(32), at: fields.instant() }
}
