import { secp256k1 } from '@noble/curves/secp256k1.js'
import { decodeRlp, encodeRlp, type RlpStructuredData } from 'ethers'
import { sameBytes } from '../cbor.ts'
import { MalformedError } from '../errors.ts'
import { type Address, fromHex, type Hex32, parseAddress, toHex } from '../ids.ts'
import { keccak256 } from '../keccak.ts'
import { addressOfPublicKey } from '../signature.ts'

/** Most signers that a checkpoint may list: as many as the consortium has seats. */
export const SIGNER_LIMIT = 64
/** Largest header: one that lists 64 signers has less. */
export const HEADER_LIMIT_BYTES = 2_048

/** Bytes of extraData before the signers, free for any use. */
const VANITY_BYTES = 32
/** Bytes of extraData after the signers: r, s, recovery id. */
const SEAL_BYTES = 65
const NOBODY = parseAddress(`0x${'00'.repeat(20)}`)
/** keccak256 of RLP([]): a Clique block has no uncles. */
const NO_UNCLES = '0x1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347'
const NO_MIX = `0x${'00'.repeat(32)}`
const VOTE_IN = '0xffffffffffffffff'
const VOTE_OUT = '0x0000000000000000'
const EXTRA_DATA = 12
const FIELDS = 16
/** Sizes of the fields that have one: hashes, coinbase, bloom, mix digest and nonce. The rest are integers. */
const FIELD_BYTES: Readonly<Record<number, number>> = {
  0: 32,
  1: 32,
  2: 20,
  3: 32,
  4: 32,
  5: 32,
  6: 256,
  13: 32,
  14: 8,
}

/** A header of a Clique chain with the rules of London, as far as its signers and its state are concerned. */
export interface CliqueHeader {
  /** keccak256 of its RLP. */
  readonly hash: Hex32
  readonly parentHash: Hex32
  readonly stateRoot: Hex32
  readonly number: number
  /** Seconds since the Unix epoch. */
  readonly timestamp: number
  /** 2 when the sealer was in turn, 1 when not. */
  readonly difficulty: number
  /** Whom the sealer votes on, and whether in or out; the zero address and out when on nobody. */
  readonly candidate: Address
  readonly isVoteIn: boolean
  /** Listed at an epoch, ascending; empty at every other height. */
  readonly signers: readonly Address[]
  /** Who sealed it; the zero address for the genesis, and where the seal is none. */
  readonly sealer: Address
}

/**
 * Take a header apart. Who sealed it is recovered when it is asked, which is what takes long: of headers that do not
 * follow one another, nobody asks.
 *
 * @param rlp - at most 2,048 bytes
 * @throws {MalformedError} unless it is the canonical RLP of a London header with the fixed fields that Clique wants
 * @see EIP-225, "Specification"; EIP-1559 for the sixteenth field
 */
export function parseCliqueHeader(rlp: Uint8Array): CliqueHeader {
  const fields = fieldsOf(rlp)
  const text = (index: number): string => String(fields[index])
  if (text(1) !== NO_UNCLES) fail('has uncles')
  if (text(13) !== NO_MIX) fail('has a mix digest')
  const nonce = text(14)
  if (nonce !== VOTE_IN && nonce !== VOTE_OUT) fail('votes neither in nor out')
  const signers = listedSigners(fromHex(text(EXTRA_DATA)))
  const candidate = parseAddress(text(2))
  const isVoteIn = nonce === VOTE_IN
  if (signers.length > 0 && (isVoteIn || candidate !== NOBODY)) fail('votes where it lists signers')
  const number = integer(text(8))
  let sealer: Address | undefined
  return {
    hash: toHex(keccak256(rlp)) as string as Hex32,
    parentHash: text(0) as Hex32,
    stateRoot: text(3) as Hex32,
    number,
    timestamp: integer(text(11)),
    difficulty: integer(text(7)),
    candidate,
    isVoteIn,
    signers,
    get sealer() {
      sealer ??= number === 0 ? NOBODY : sealerOf(fields)
      return sealer
    },
  }
}

/** Strings of hex, one for each field. */
function fieldsOf(rlp: Uint8Array): readonly string[] {
  if (rlp.length > HEADER_LIMIT_BYTES) fail(`${rlp.length} bytes, at most ${HEADER_LIMIT_BYTES}`)
  let decoded: RlpStructuredData
  let canonical: string
  try {
    decoded = decodeRlp(rlp)
    canonical = encodeRlp(decoded)
  } catch (cause) {
    throw new MalformedError('header', 'not RLP', { cause })
  }
  if (!sameBytes(fromHex(canonical), rlp)) fail('not canonical RLP')
  if (!Array.isArray(decoded) || decoded.length !== FIELDS) fail('not a London header')
  return decoded.map((field: RlpStructuredData, index) => {
    const size = FIELD_BYTES[index]
    if (typeof field !== 'string') fail(`field ${index} is a list`)
    if (size !== undefined && field.length !== 2 + 2 * size) fail(`field ${index} is not ${size} bytes`)
    return field
  })
}

/** @throws {MalformedError} unless they ascend, so that none is there twice */
function listedSigners(extraData: Uint8Array): readonly Address[] {
  const bytes = extraData.length - VANITY_BYTES - SEAL_BYTES
  if (bytes < 0 || bytes % 20 !== 0 || bytes / 20 > SIGNER_LIMIT) fail('extraData has no room for a seal')
  const signers = Array.from({ length: bytes / 20 }, (_, index) => {
    const start = VANITY_BYTES + 20 * index
    return parseAddress(toHex(extraData.subarray(start, start + 20)))
  })
  if (signers.some((signer, index) => index > 0 && signer <= String(signers[index - 1]))) {
    fail('the signers do not ascend')
  }
  return signers
}

function sealerOf(fields: readonly string[]): Address {
  const extraData = fromHex(String(fields[EXTRA_DATA]))
  const unsealed = fields.with(EXTRA_DATA, toHex(extraData.subarray(0, -SEAL_BYTES)))
  const digest = keccak256(fromHex(encodeRlp(unsealed)))
  const seal = extraData.subarray(-SEAL_BYTES)
  try {
    const signature = secp256k1.Signature.fromBytes(seal.subarray(0, 64), 'compact')
    const recovery = Number(seal[64])
    return addressOfPublicKey(signature.addRecoveryBit(recovery).recoverPublicKey(digest).toBytes(false))
  } catch {
    return NOBODY
  }
}

/** @throws {MalformedError} beyond what a number holds exactly, or with leading zeros */
function integer(hex: string): number {
  if (hex === '0x') return 0
  if (hex.startsWith('0x00')) fail('an integer has leading zeros')
  const value = Number(hex)
  if (!Number.isSafeInteger(value)) fail('an integer is too large')
  return value
}

function fail(message: string): never {
  throw new MalformedError('header', message)
}
