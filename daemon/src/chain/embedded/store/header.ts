import { RLP } from '@ethereumjs/rlp'

/**
 * A block header as it lies on disk, decoded. Field names and order are those of the yellow paper as of London.
 * The library's own header class copies a whole chain configuration per instance, too much for reading.
 */
export interface Header {
  readonly rlp: Uint8Array
  /** keccak256 of `rlp`. */
  readonly hash: Uint8Array
  readonly parentHash: Uint8Array
  readonly uncleHash: Uint8Array
  readonly coinbase: Uint8Array
  readonly stateRoot: Uint8Array
  readonly transactionsRoot: Uint8Array
  readonly receiptsRoot: Uint8Array
  readonly logsBloom: Uint8Array
  readonly difficulty: bigint
  readonly number: number
  readonly gasLimit: bigint
  readonly gasUsed: bigint
  /** Seconds since the Unix epoch. */
  readonly timestamp: number
  readonly extraData: Uint8Array
  readonly mixHash: Uint8Array
  readonly nonce: Uint8Array
  readonly baseFeePerGas: bigint
}

/** @throws {Error} when the bytes are not a London header: the database is damaged */
export function parseHeader(rlp: Uint8Array, keccak256: (bytes: Uint8Array) => Uint8Array): Header {
  const fields = RLP.decode(rlp)
  const bytes = (index: number): Uint8Array => {
    const field = Array.isArray(fields) ? fields[index] : undefined
    if (!(field instanceof Uint8Array)) throw new Error(`stored header lacks field ${index}`)
    return field
  }
  return {
    rlp,
    hash: keccak256(rlp),
    parentHash: bytes(0),
    uncleHash: bytes(1),
    coinbase: bytes(2),
    stateRoot: bytes(3),
    transactionsRoot: bytes(4),
    receiptsRoot: bytes(5),
    logsBloom: bytes(6),
    difficulty: bigEndian(bytes(7)),
    number: Number(bigEndian(bytes(8))),
    gasLimit: bigEndian(bytes(9)),
    gasUsed: bigEndian(bytes(10)),
    timestamp: Number(bigEndian(bytes(11))),
    extraData: bytes(12),
    mixHash: bytes(13),
    nonce: bytes(14),
    baseFeePerGas: bigEndian(bytes(15)),
  }
}

export function bigEndian(bytes: Uint8Array): bigint {
  return bytes.length === 0 ? 0n : BigInt(`0x${Buffer.from(bytes).toString('hex')}`)
}

/** @returns no leading zero byte; empty for 0, as RLP wants integers */
export function unpadded(value: bigint): Uint8Array {
  if (value === 0n) return new Uint8Array(0)
  const hex = value.toString(16)
  return Uint8Array.from(Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex'))
}
