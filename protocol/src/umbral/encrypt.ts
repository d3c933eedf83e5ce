import { decryptOriginal, encrypt } from '@nucypher/umbral-pre'
import { attempt } from './errors.ts'
import { capsuleOf, publicKeyOf, secretKeyOf } from './parse.ts'
import { scoped } from './scope.ts'

export interface Wrapped {
  /** 105 bytes. */
  readonly capsule: Uint8Array
  /** 40 bytes longer than what was wrapped. */
  readonly ciphertext: Uint8Array
}

/** Encrypt under a public key of 33 bytes. */
export function wrap(publicKey: Uint8Array, plaintext: Uint8Array): Wrapped {
  return scoped((own) => {
    const [capsule, ciphertext] = encrypt(own(publicKeyOf(publicKey)), plaintext)
    return { capsule: own(capsule).toBytes(), ciphertext }
  })
}

/** Decrypt with the secret key (32 bytes) that belongs to the public key. @throws {UmbralError} */
export function unwrap(secret: Uint8Array, { capsule, ciphertext }: Wrapped): Uint8Array {
  return scoped((own) => {
    const key = own(secretKeyOf(secret))
    const parsed = own(capsuleOf(capsule))
    return attempt('UMBRAL_NOT_OPENED', 'ciphertext', () => decryptOriginal(key, parsed, ciphertext))
  })
}
