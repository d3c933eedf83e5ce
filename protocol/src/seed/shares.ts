import { sha256 } from '@noble/hashes/sha2.js'
import { base58check } from '@scure/base'
import { combine, split } from 'shamir-secret-sharing'
import { sameBytes } from '../cbor.ts'
import { MalformedError } from '../errors.ts'
import { ENTROPY_BYTES } from './seed.ts'

const coder = base58check(sha256)
const VERSION = 1
const SET_BYTES = 4
const HEAD_BYTES = 2 + SET_BYTES
/** A share is one byte longer than the secret. */
const SHARE_BYTES = ENTROPY_BYTES + 1
/** Of the entropy, inside the shared secret: tells shares that do not belong together from those that do. */
const CHECK_BYTES = 4
/** Some twice what a share takes; decoding Base58 slows with the square of it. */
const TEXT_LIMIT = 128

/**
 * Split a seed's entropy into shares of which any `threshold` recover it.
 *
 * Each share is Base58Check text: version, threshold, set id (4 bytes), Shamir share over GF(2^8).
 *
 * @param entropy - 32 bytes
 * @param shares - 2 to 16
 * @param threshold - 2 to `shares`
 * @param setId - 4 random bytes, the same in all shares of one splitting
 */
export async function splitSeed(
  entropy: Uint8Array,
  shares: number,
  threshold: number,
  setId: Uint8Array,
): Promise<readonly string[]> {
  if (entropy.length !== ENTROPY_BYTES || setId.length !== SET_BYTES) throw new RangeError('wrong size')
  if (shares > 16) throw new RangeError('at most 16 shares')
  const secret = Uint8Array.of(...entropy, ...sha256(entropy).subarray(0, CHECK_BYTES))
  const parts = await split(secret, shares, threshold)
  return parts.map((part) => coder.encode(Uint8Array.of(VERSION, threshold, ...setId, ...part)))
}

/**
 * Recover the entropy from shares of one set.
 *
 * @returns 32 bytes
 * @throws {MalformedError} when a share is mistyped, of another set, doubled, or they are too few
 */
export async function joinSeed(shares: readonly string[]): Promise<Uint8Array> {
  const parsed = shares.map(parseShare)
  const [first] = parsed
  if (first === undefined) throw new MalformedError('share', 'there is none')
  if (parsed.some(({ head }) => !sameBytes(head, first.head)))
    throw new MalformedError('share', 'of different sets')
  if (parsed.length < first.threshold) {
    throw new MalformedError('share', `${parsed.length} given, ${first.threshold} needed`)
  }
  let secret: Uint8Array
  try {
    secret = await combine(parsed.map(({ part }) => part))
  } catch (cause) {
    throw new MalformedError('share', 'given twice, or not of this set', { cause })
  }
  const entropy = secret.subarray(0, ENTROPY_BYTES)
  if (!sameBytes(sha256(entropy).subarray(0, CHECK_BYTES), secret.subarray(ENTROPY_BYTES))) {
    throw new MalformedError('share', 'do not belong together')
  }
  return entropy
}

function parseShare(text: string): { head: Uint8Array; threshold: number; part: Uint8Array } {
  let bytes: Uint8Array
  try {
    if (text.length > TEXT_LIMIT) throw new RangeError(`${text.length} characters`)
    bytes = coder.decode(text.trim())
  } catch (cause) {
    throw new MalformedError('share', 'mistyped', { cause })
  }
  if (bytes[0] !== VERSION || bytes.length !== HEAD_BYTES + CHECK_BYTES + SHARE_BYTES) {
    throw new MalformedError('share', 'not a share of this kind')
  }
  return {
    head: bytes.subarray(0, HEAD_BYTES),
    threshold: Number(bytes[1]),
    part: bytes.subarray(HEAD_BYTES),
  }
}
