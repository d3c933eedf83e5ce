import { secp256k1 } from '@noble/curves/secp256k1.js'
import { MalformedError } from './errors.ts'
import { type Address, type Hex, parseAddress, toHex } from './ids.ts'
import { keccak256 } from './keccak.ts'

/** Bytes of a signature here: r, then s with the recovery bit on top (EIP-2098). */
export const SIGNATURE_BYTES = 64
const HALF_ORDER = secp256k1.Point.Fn.ORDER >> 1n

/** Signs digests under one account key. What holds the key decides how. */
export interface Signer {
  readonly address: Address
  /** @param digest - 32 bytes @returns 64 bytes, low-s, EIP-2098 */
  sign(digest: Uint8Array): Uint8Array
}

/** Address that made a signature over a 32-byte digest; a native library may stand in where speed counts. */
export type Recover = (digest: Uint8Array, signature: Uint8Array) => Address

/** Account address of an uncompressed public key (65 bytes). */
export function addressOfPublicKey(uncompressed: Uint8Array): Address {
  return parseAddress(toHex(keccak256(uncompressed.subarray(1)).subarray(12)))
}

/** @param key - 32 bytes, 1 to n−1 */
export function keySigner(key: Uint8Array): Signer {
  const secret = Uint8Array.from(key)
  return {
    address: addressOfPublicKey(secp256k1.getPublicKey(secret, false)),
    sign(digest) {
      // noble's recovered form is [recovery, r, s], with s low by default.
      const signature = secp256k1.sign(digest, secret, { prehash: false, format: 'recovered' })
      const compact = signature.slice(1)
      if (signature[0] === 1) compact[32] = Number(compact[32]) | 0x80
      return compact
    },
  }
}

/** Splits a compact signature. @throws {MalformedError} when it is not 64 bytes or its s is high or zero */
export function splitSignature(signature: Uint8Array): { readonly rs: Uint8Array; readonly recovery: 0 | 1 } {
  if (signature.length !== SIGNATURE_BYTES)
    throw new MalformedError('signature', `not ${SIGNATURE_BYTES} bytes`)
  const rs = Uint8Array.from(signature)
  const recovery = (Number(rs[32]) & 0x80) === 0 ? 0 : 1
  rs[32] = Number(rs[32]) & 0x7f
  const s = BigInt(toHex(rs.subarray(32)))
  if (s === 0n || s > HALF_ORDER) throw new MalformedError('signature', 's is not in the lower half')
  return { rs, recovery }
}

/**
 * Address that signed `digest`.
 *
 * @throws {MalformedError} when the signature is no signature at all
 */
export const recoverAddress: Recover = (digest, signature) => {
  const { rs, recovery } = splitSignature(signature)
  try {
    const parsed = secp256k1.Signature.fromBytes(rs, 'compact').addRecoveryBit(recovery)
    return addressOfPublicKey(parsed.recoverPublicKey(digest).toBytes(false))
  } catch (cause) {
    throw new MalformedError('signature', 'recovers no key', { cause })
  }
}

/** The 65 bytes r, s, v (27 or 28) that contracts take. */
export function toContractSignature(signature: Uint8Array): Hex {
  const { rs, recovery } = splitSignature(signature)
  return `${toHex(rs)}${recovery === 0 ? '1b' : '1c'}`
}
