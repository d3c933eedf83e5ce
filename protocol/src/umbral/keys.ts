import { SecretKey, SecretKeyFactory } from '@nucypher/umbral-pre'
import { attempt } from './errors.ts'
import { secretKeyOf } from './parse.ts'
import { scoped } from './scope.ts'

/** A fresh secret key. @returns 32 bytes */
export function randomSecretKey(): Uint8Array {
  return scoped((own) => own(SecretKey.random()).toBEBytes())
}

/** @param secret - 32 bytes @returns 33 bytes */
export function publicKey(secret: Uint8Array): Uint8Array {
  return scoped((own) => own(own(secretKeyOf(secret)).publicKey()).toCompressedBytes())
}

/**
 * Secret key of one label.
 *
 * @param factorySeed - 32 bytes, from the patient's seed
 * @returns 32 bytes
 */
export function labelSecretKey(factorySeed: Uint8Array, label: string): Uint8Array {
  return scoped((own) => {
    const factory = own(
      attempt('UMBRAL_MALFORMED', 'factory seed', () => SecretKeyFactory.fromSecureRandomness(factorySeed)),
    )
    return own(factory.makeKey(new TextEncoder().encode(label))).toBEBytes()
  })
}
