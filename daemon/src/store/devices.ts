import { decodeCbor, encodeCbor } from '@hygeia/protocol/cbor'
import type { Question } from '@hygeia/protocol/device-link/question'
import { readStanding, type Standing, standingFields } from '@hygeia/protocol/device-link/standing'
import { FieldReader, rawOf } from '@hygeia/protocol/fields'
import type { Address, Hex32, Incarnation } from '@hygeia/protocol/ids'
import type { SealedHeader } from '@hygeia/protocol/sealed/header'
import type { UnixMs } from '@hygeia/protocol/units'
import { type Disk, put } from './disk.ts'
import * as keys from './keys.ts'

/** What the hospital last heard of a device. */
export interface DeviceNote {
  /** When anything genuine came from it. */
  readonly lastSeen: UnixMs
  readonly incarnation: Incarnation
  /** Last sequence that it sealed, by its own signed word or by a batch that came. */
  readonly headSequence: number
  /** Digest in the CID of that batch as the device stated it; zeros before its first question. */
  readonly head: Hex32
  /** Bytes that waited for a receipt when it last asked. */
  readonly spoolBytes: number
  /** Serial of the label keys that it has. */
  readonly labelSerial: number
  /** How it was when it last said so. */
  readonly standing?: Standing | undefined
}

/** Notes kept in memory: one write a second for each, whatever a device sends. */
const MEMORY_LIMIT = 4_096
const FLUSH_MS = 1_000
const NO_HEAD = `0x${'00'.repeat(32)}` as Hex32

/** Remembers for each device when it was seen and what it said of itself. Never waits for the disk. */
export class DeviceNotes {
  readonly #disk: Disk
  #fresh = new Map<Address, DeviceNote>()
  #timer: NodeJS.Timeout | undefined

  constructor(disk: Disk) {
    this.#disk = disk
  }

  /** A genuine batch came. */
  saw(device: Address, at: UnixMs, { incarnation, sequence }: SealedHeader): void {
    const note = this.#fresh.get(device)
    if (note === undefined) {
      this.#merge(device, (held) => after(held, at, incarnation, sequence))
    } else {
      this.#set(device, after(note, at, incarnation, sequence))
    }
  }

  /** A signed question came. */
  heard(question: Question, at: UnixMs): void {
    const { device, incarnation, headSequence, head, spoolBytes, labelSerial, standing } = question
    this.#set(device, { lastSeen: at, incarnation, headSequence, head, spoolBytes, labelSerial, standing })
  }

  async of(device: Address): Promise<DeviceNote | undefined> {
    return this.#fresh.get(device) ?? (await this.#read(device))
  }

  /** Write what is not written yet. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const fresh = this.#fresh
    if (fresh.size === 0) return
    this.#fresh = new Map()
    const operations = [...fresh].map(([device, note]) => put(keys.deviceKey(device), encodeNote(note)))
    await this.#disk.write(operations, false)
  }

  #set(device: Address, note: DeviceNote): void {
    if (this.#fresh.size >= MEMORY_LIMIT && !this.#fresh.has(device)) void this.flush().catch(() => {})
    this.#fresh.set(device, note)
    this.#timer ??= setTimeout(() => void this.flush().catch(() => {}), FLUSH_MS).unref()
  }

  #merge(device: Address, change: (held: DeviceNote | undefined) => DeviceNote): void {
    this.#read(device).then(
      (held) => this.#set(device, change(this.#fresh.get(device) ?? held)),
      // Told again with the next batch.
      () => {},
    )
  }

  async #read(device: Address): Promise<DeviceNote | undefined> {
    const value = await this.#disk.level.get(keys.deviceKey(device))
    return value === undefined ? undefined : decodeNote(value)
  }
}

function after(
  held: DeviceNote | undefined,
  at: UnixMs,
  incarnation: Incarnation,
  sequence: number,
): DeviceNote {
  if (held === undefined) {
    return { lastSeen: at, incarnation, headSequence: sequence, head: NO_HEAD, spoolBytes: 0, labelSerial: 0 }
  }
  // What another hospital took comes here later than what the device itself brings.
  const lastSeen = at > held.lastSeen ? at : held.lastSeen
  if (held.incarnation !== incarnation) return { ...held, lastSeen, incarnation, headSequence: sequence }
  return { ...held, lastSeen, headSequence: Math.max(held.headSequence, sequence) }
}

function encodeNote(note: DeviceNote): Uint8Array {
  const { lastSeen, incarnation, headSequence, head, spoolBytes, labelSerial, standing } = note
  const said = standing === undefined ? null : standingFields(standing)
  return encodeCbor([lastSeen, rawOf(incarnation), headSequence, rawOf(head), spoolBytes, labelSerial, said])
}

function decodeNote(value: Uint8Array): DeviceNote {
  const decoded = decodeCbor(value, 'device note', 512)
  // Notes from before devices said how they are end one field earlier.
  const isOlder = Array.isArray(decoded) && decoded.length === 6
  const fields = new FieldReader('device note', isOlder ? [...decoded, null] : decoded, 7)
  return {
    lastSeen: fields.instant(),
    incarnation: fields.incarnation(),
    headSequence: fields.uint(),
    head: fields.hex32(),
    spoolBytes: fields.uint(),
    labelSerial: fields.uint(),
    standing: fields.orNull((reader) => readStanding(reader.any())),
  }
}
