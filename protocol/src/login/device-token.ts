import { secp256k1 } from '@noble/curves/secp256k1.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { base64urlnopad, utf8 } from '@scure/base'
import { MalformedError } from '../errors.ts'
import { type Address, parseAddress } from '../ids.ts'
import { addressOfPublicKey, type Signer, splitSignature } from '../signature.ts'

/** What a device says when it logs in to a broker: who, to whom, as which client, and the nonce it was given. */
export interface DeviceClaims {
  readonly device: Address
  readonly hospital: Address
  readonly clientId: string
  /** Single-use, from the hospital: freshness without a clock. */
  readonly nonce: string
}

const HEADER = base64urlnopad.encode(utf8.decode(JSON.stringify({ alg: 'ES256K', typ: 'JWT' })))
const TOKEN_LIMIT = 1_024

/** JSON Web Token signed with ES256K. @see RFC 7519, RFC 8812 §3.2 */
export function signDeviceToken({ device, hospital, clientId, nonce }: DeviceClaims, signer: Signer): string {
  const payload = JSON.stringify({ iss: device, aud: hospital, sub: clientId, jti: nonce })
  const signed = `${HEADER}.${base64urlnopad.encode(utf8.decode(payload))}`
  const { rs } = splitSignature(signer.sign(sha256(utf8.decode(signed))))
  return `${signed}.${base64urlnopad.encode(rs)}`
}

/**
 * Claims of a token whose signature belongs to the device that it names.
 *
 * @throws {MalformedError} when it is anything else
 */
export function verifyDeviceToken(token: string): DeviceClaims {
  const [header, payload, signature, ...rest] = token.length > TOKEN_LIMIT ? [] : token.split('.')
  if (header !== HEADER || payload === undefined || signature === undefined || rest.length > 0) {
    throw new MalformedError('device token', 'not an ES256K JSON Web Token')
  }
  try {
    const claims = readClaims(JSON.parse(utf8.encode(base64urlnopad.decode(payload))))
    const { rs, recovery } = splitSignature(base64urlnopad.decode(signature))
    // The bit is no part of a JWS signature: with it, each would have two forms.
    if (recovery !== 0) throw new MalformedError('signature', 's is not in the lower half')
    const digest = sha256(utf8.decode(`${header}.${payload}`))
    const parsed = secp256k1.Signature.fromBytes(rs, 'compact')
    // A JWS carries no recovery bit: one of the two candidates is the signer or nobody is.
    const isSigner = [0, 1].some(
      (bit) =>
        addressOfPublicKey(parsed.addRecoveryBit(bit).recoverPublicKey(digest).toBytes(false)) ===
        claims.device,
    )
    if (isSigner) return claims
  } catch (cause) {
    throw new MalformedError('device token', 'not as a device makes it', { cause })
  }
  throw new MalformedError('device token', 'not signed by the device that it names')
}

function readClaims(value: unknown): DeviceClaims {
  const { iss, aud, sub, jti } = Object(value)
  if (
    typeof iss !== 'string' ||
    typeof aud !== 'string' ||
    typeof sub !== 'string' ||
    typeof jti !== 'string'
  ) {
    throw new MalformedError('device token', 'a claim is missing')
  }
  return { device: parseAddress(iss), hospital: parseAddress(aud), clientId: sub, nonce: jti }
}
