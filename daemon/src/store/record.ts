import type { Address, Incarnation } from '@hygeia/protocol/ids'
import type { Label } from '@hygeia/protocol/label'
import type { BatchLeaf } from '@hygeia/protocol/merkle/leaf'
import { PRIORITIES, type Priority } from '@hygeia/protocol/sealed/header'
import type { UnixMs } from '@hygeia/protocol/units'
import { readNumber, writeNumber } from './keys.ts'

/** What the journal knows of a batch without opening its bytes. */
export interface BatchRecord extends BatchLeaf {
  /** Position in the order of arrival, from 1. */
  readonly arrival: number
  /** Leaf of the batch in its anchor's tree, 32 bytes. */
  readonly leafHash: Uint8Array
  readonly label: Label
  readonly from: UnixMs
  readonly to: UnixMs
  readonly isDated: boolean
  readonly priority: Priority
  readonly sizeBytes: number
  /** When it was taken, by the hospital's clock. */
  readonly at: UnixMs
}

const FIXED_BYTES = 130
const DATED = 1

/** Fixed fields at fixed places: this is written and read for every batch. */
export function encodeRecord(record: BatchRecord): Buffer {
  const bytes = Buffer.allocUnsafe(FIXED_BYTES + record.label.length)
  bytes.set(record.digest, 0)
  bytes.set(record.leafHash, 32)
  bytes.write(record.device.slice(2), 64, 'hex')
  bytes.write(record.incarnation.slice(2), 84, 'hex')
  writeNumber(bytes, record.sequence, 92)
  writeNumber(bytes, record.from, 100)
  writeNumber(bytes, record.to, 108)
  writeNumber(bytes, record.at, 116)
  bytes.writeUInt32BE(record.sizeBytes, 124)
  bytes[128] = record.isDated ? DATED : 0
  bytes[129] = PRIORITIES.indexOf(record.priority)
  bytes.write(record.label, FIXED_BYTES, 'latin1')
  return bytes
}

export function decodeRecord(arrival: number, bytes: Uint8Array): BatchRecord {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  return {
    arrival,
    digest: view.subarray(0, 32),
    leafHash: view.subarray(32, 64),
    device: `0x${view.toString('hex', 64, 84)}` as Address,
    incarnation: `0x${view.toString('hex', 84, 92)}` as Incarnation,
    sequence: readNumber(view, 92),
    from: readNumber(view, 100) as UnixMs,
    to: readNumber(view, 108) as UnixMs,
    at: readNumber(view, 116) as UnixMs,
    sizeBytes: view.readUInt32BE(124),
    isDated: view[128] === DATED,
    priority: PRIORITIES[view[129] ?? 0] ?? 'rest',
    label: view.toString('latin1', FIXED_BYTES) as Label,
  }
}
