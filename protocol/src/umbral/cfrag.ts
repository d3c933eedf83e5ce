import { decryptReencrypted, type VerifiedCapsuleFrag } from '@nucypher/umbral-pre'
import type { Wrapped } from './encrypt.ts'
import { attempt } from './errors.ts'
import type { FragKeys } from './kfrag.ts'
import { capsuleOf, cfragOf, publicKeyOf, secretKeyOf } from './parse.ts'
import { scoped } from './scope.ts'

/**
 * Check that a cfrag was made from this capsule with a fragment dealt for these keys.
 *
 * @throws {UmbralError} `UMBRAL_MALFORMED` or `UMBRAL_NOT_VERIFIED`: the proxy that sent it is at fault
 */
export function verifyCfrag(cfrag: Uint8Array, capsule: Uint8Array, keys: FragKeys): void {
  verified(cfrag, capsule, keys).free()
}

/**
 * Decrypt with cfrags, at least as many as the threshold; each is verified first.
 *
 * @param secret - the physician's, 32 bytes
 * @throws {UmbralError} `UMBRAL_NOT_VERIFIED` when one is forged, `UMBRAL_NOT_OPENED` when they are too few
 */
export function openReencrypted(
  secret: Uint8Array,
  keys: FragKeys,
  { capsule, ciphertext }: Wrapped,
  cfrags: readonly Uint8Array[],
): Uint8Array {
  return scoped((own) => {
    const receiving = own(secretKeyOf(secret))
    const delegating = own(publicKeyOf(keys.delegatingKey))
    const parsed = own(capsuleOf(capsule))
    const frags = cfrags.map((cfrag) => own(verified(cfrag, capsule, keys)))
    return attempt('UMBRAL_NOT_OPENED', 'ciphertext', () =>
      decryptReencrypted(receiving, delegating, parsed, frags, ciphertext),
    )
  })
}

function verified(cfrag: Uint8Array, capsule: Uint8Array, keys: FragKeys): VerifiedCapsuleFrag {
  return scoped((own) => {
    const parsed = own(capsuleOf(capsule))
    const verifying = own(publicKeyOf(keys.verifyingKey))
    const delegating = own(publicKeyOf(keys.delegatingKey))
    const receiving = own(publicKeyOf(keys.receivingKey))
    // verify() consumes its receiver, so that the parsed fragment must not be freed.
    const frag = cfragOf(cfrag)
    return attempt('UMBRAL_NOT_VERIFIED', 'cfrag', () =>
      frag.verify(parsed, verifying, delegating, receiving),
    )
  })
}
