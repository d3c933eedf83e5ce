import { KeysError } from '@hygeia/dapp/keys/errors'
import { randomBytes } from '@hygeia/dapp/random'
import { address, hex, hexOfBytes } from '@hygeia/dapp/schema'
import { encodeCbor } from '@hygeia/protocol/cbor'
import { fromHex, toHex } from '@hygeia/protocol/ids'
import { chacha20poly1305 } from '@noble/ciphers/chacha.js'
import { hkdf } from '@noble/hashes/hkdf.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { z } from 'zod'

/** The entropy of the words under a secret that one authenticator yields for one salt. @see WebAuthn Level 3 §10.1.4 */
export const PasskeyBox = z.strictObject({
  version: z.literal(1),
  address,
  credential: hex,
  /** What the authenticator is asked about. */
  salt: hexOfBytes(32),
  nonce: hexOfBytes(12),
  ciphertext: hexOfBytes(48),
})
export type PasskeyBox = z.infer<typeof PasskeyBox>

/** @param secret - 32 bytes, the authenticator's answer */
const keyOf = (secret: Uint8Array) =>
  hkdf(sha256, secret, undefined, new TextEncoder().encode('hygeia/passkey/1'), 32)

export function lockWithPasskey(
  entropy: Uint8Array,
  secret: Uint8Array,
  about: Pick<PasskeyBox, 'address' | 'credential' | 'salt'>,
): PasskeyBox {
  const head = { version: 1 as const, ...about, nonce: toHex(randomBytes(12)) }
  const cipher = chacha20poly1305(keyOf(secret), fromHex(head.nonce), encodeCbor(head))
  return { ...head, ciphertext: toHex(cipher.encrypt(entropy)) }
}

/** @throws {KeysError} `WRONG_PASSKEY` */
export function unlockWithPasskey({ ciphertext, ...head }: PasskeyBox, secret: Uint8Array): Uint8Array {
  try {
    const cipher = chacha20poly1305(keyOf(secret), fromHex(head.nonce), encodeCbor(head))
    return cipher.decrypt(fromHex(ciphertext))
  } catch (cause) {
    throw new KeysError('not the passkey of these keys', { code: 'WRONG_PASSKEY' }, { cause })
  }
}
