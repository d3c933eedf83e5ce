import { storage as anchorLayout } from '@hygeia/contracts/anchor'
import { storage as directoryLayout } from '@hygeia/contracts/directory'
import {
  type Address,
  fromHex,
  type Hex32,
  parseAddress,
  parseHex32,
  parseIncarnation,
  toHex,
} from '@hygeia/protocol/ids'
import { keccak256 } from '@hygeia/protocol/keccak'
import { ANCHOR_KINDS, type AnchorKind, type AnchorRecord } from '../../chain/anchor.ts'
import { ZERO_ADDRESS } from '../../chain/contract.ts'
import {
  DEVICE_STATUS,
  type DeviceRecord,
  HOSPITAL_STATUS,
  type HospitalRecord,
} from '../../chain/directory.ts'

/** Reads contracts' storage word by word: from a proof, or from a node while one is made. */
export interface StorageReader {
  /** keccak256 of the runtime code at `address`. */
  codeHash(address: Address): Promise<Hex32>
  /** @returns 0 where nothing was ever stored */
  word(address: Address, slot: Hex32): Promise<bigint>
}

/** Where a field of a struct lies: words after its start, bytes from the word's low end. */
interface Place {
  readonly slot: number
  readonly offset: number
  readonly bytes: number
}

/** What the `Directory` holds, without asking it. @see contracts/src/Directory.sol */
export class DirectoryStorage {
  readonly #words: Words

  constructor(reader: StorageReader, address: Address) {
    this.#words = new Words(reader, address)
  }

  async anchor(): Promise<Address> {
    return toAddress(await this.#words.at(BigInt(directoryLayout.variables._anchor)))
  }

  /** Hospital that `key` belongs to or ever did. */
  async hospitalOf(key: Address): Promise<Address | undefined> {
    const holder = toAddress(await this.#words.at(slotOf(directoryLayout.variables._holders, key)))
    return holder === ZERO_ADDRESS ? undefined : holder
  }

  async hospital(operator: Address): Promise<HospitalRecord> {
    const base = slotOf(directoryLayout.variables._seats, operator)
    const { status, receipt, proxyKeyDigest } = directoryLayout.structs.Seat
    return {
      status: HOSPITAL_STATUS[Number(await this.#words.field(base, status))] ?? 'unknown',
      receipt: toAddress(await this.#words.field(base, receipt)),
      proxyKeyDigest: toHex32(await this.#words.field(base, proxyKeyDigest)),
    }
  }

  async device(device: Address): Promise<DeviceRecord> {
    const base = slotOf(directoryLayout.variables._devices, device)
    const { patient, status, incarnation, lastSequence } = directoryLayout.structs.Device
    return {
      patient: toAddress(await this.#words.field(base, patient)),
      status: DEVICE_STATUS[Number(await this.#words.field(base, status))] ?? 'unknown',
      incarnation: parseIncarnation(hexOf(await this.#words.field(base, incarnation), 8)),
      lastSequence: Number(await this.#words.field(base, lastSequence)),
    }
  }
}

/** Added to the kind for hospitals that were not the first to anchor a root: under the hash of root and hospital. */
const LATER_KINDS = 128

function recordAt(kind: number, key: Hex32): bigint {
  return mappedAt(slotOf(anchorLayout.variables._records, hexOf(BigInt(kind), 1)), key)
}

/** What the `Anchor` holds, without asking it. @see contracts/src/interfaces/IAnchor.sol */
export class AnchorStorage {
  readonly #words: Words

  constructor(reader: StorageReader, address: Address) {
    this.#words = new Words(reader, address)
  }

  /** @returns undefined when `hospital` did not anchor `root`, whoever else did */
  async of(kind: AnchorKind, root: Hex32, hospital: Address): Promise<AnchorRecord | undefined> {
    const number = ANCHOR_KINDS.indexOf(kind)
    const first = recordAt(number, root)
    const later = recordAt(number | LATER_KINDS, toHex32(mappedAt(BigInt(hospital), root)))
    for (const base of [first, later])
      if ((await this.#hospitalIn(base)) === hospital) return this.#record(base)
    return undefined
  }

  async #hospitalIn(base: bigint): Promise<Address> {
    return toAddress(await this.#words.field(base, anchorLayout.structs.Record.hospital))
  }

  async #record(base: bigint): Promise<AnchorRecord> {
    const { blockNumber, count, manifest } = anchorLayout.structs.Record
    return {
      blockNumber: Number(await this.#words.field(base, blockNumber)),
      count: Number(await this.#words.field(base, count)),
      manifest: toHex32(await this.#words.field(base, manifest)),
    }
  }
}

/** One contract's words, each read once. */
class Words {
  readonly #reader: StorageReader
  readonly #address: Address
  readonly #read = new Map<bigint, Promise<bigint>>()

  constructor(reader: StorageReader, address: Address) {
    this.#reader = reader
    this.#address = address
  }

  at(slot: bigint): Promise<bigint> {
    const word = this.#read.get(slot) ?? this.#reader.word(this.#address, toHex32(slot))
    this.#read.set(slot, word)
    return word
  }

  async field(base: bigint, { slot, offset, bytes }: Place): Promise<bigint> {
    const word = await this.at(base + BigInt(slot))
    return (word >> BigInt(8 * offset)) & ((1n << BigInt(8 * bytes)) - 1n)
  }
}

function slotOf(variable: number, key: string): bigint {
  return mappedAt(BigInt(variable), key)
}

/** Slot of a mapping's value. @param key - aligned right in its word, as addresses, integers and bytes32 are */
function mappedAt(mapping: bigint, key: string): bigint {
  const bytes = fromHex(key)
  const words = new Uint8Array(64)
  words.set(bytes, 32 - bytes.length)
  words.set(fromHex(hexOf(mapping, 32)), 32)
  return BigInt(toHex(keccak256(words)))
}

function hexOf(value: bigint, bytes: number): string {
  return `0x${value.toString(16).padStart(2 * bytes, '0')}`
}

function toHex32(value: bigint): Hex32 {
  return parseHex32(hexOf(value, 32))
}

function toAddress(value: bigint): Address {
  return parseAddress(hexOf(value & ((1n << 160n) - 1n), 20))
}
