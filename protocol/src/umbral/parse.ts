import { Capsule, CapsuleFrag, KeyFrag, PublicKey, SecretKey } from '@nucypher/umbral-pre'
import { attempt } from './errors.ts'

/** @param bytes - 33, compressed */
export const publicKeyOf = (bytes: Uint8Array) =>
  attempt('UMBRAL_MALFORMED', 'public key', () => PublicKey.fromCompressedBytes(bytes))
/** @param bytes - 32, big-endian */
export const secretKeyOf = (bytes: Uint8Array) =>
  attempt('UMBRAL_MALFORMED', 'secret key', () => SecretKey.fromBEBytes(bytes))
/** @param bytes - 105 */
export const capsuleOf = (bytes: Uint8Array) =>
  attempt('UMBRAL_MALFORMED', 'capsule', () => Capsule.fromBytes(bytes))
/** @param bytes - 310 */
export const kfragOf = (bytes: Uint8Array) =>
  attempt('UMBRAL_MALFORMED', 'kfrag', () => KeyFrag.fromBytes(bytes))
/** @param bytes - 381 */
export const cfragOf = (bytes: Uint8Array) =>
  attempt('UMBRAL_MALFORMED', 'cfrag', () => CapsuleFrag.fromBytes(bytes))
