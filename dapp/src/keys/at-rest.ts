import { fromHex, toHex } from '@hygeia/protocol/ids'
import { chacha20poly1305 } from '@noble/ciphers/chacha.js'
import { hkdf } from '@noble/hashes/hkdf.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { z } from 'zod'
import { randomBytes } from '../random.ts'
import { hex, hexOfBytes } from '../schema.ts'

/** JSON of an owner's, sealed under a key derived from the words. */
const SealedFile = z.strictObject({
  kind: z.literal('hygeia-state'),
  version: z.literal(1),
  nonce: hexOfBytes(12),
  ciphertext: hex,
})

function keyFor(entropy: Uint8Array, purpose: string): Uint8Array {
  return hkdf(sha256, entropy, undefined, new TextEncoder().encode(`hygeia/${purpose}/1`), 32)
}

/**
 * @param entropy - behind the owner's words
 * @param purpose - what is kept: each has a key of its own
 */
export function sealAtRest(entropy: Uint8Array, purpose: string, value: unknown): string {
  // A fresh random nonce for each of the few writes in a patient's life: 96 bits are plenty.
  const nonce = randomBytes(12)
  const clear = new TextEncoder().encode(JSON.stringify(value))
  const ciphertext = chacha20poly1305(keyFor(entropy, purpose), nonce).encrypt(clear)
  const file: z.input<typeof SealedFile> = {
    kind: 'hygeia-state',
    version: 1,
    nonce: toHex(nonce),
    ciphertext: toHex(ciphertext),
  }
  return `${JSON.stringify(file)}\n`
}

/** @throws {Error} of whatever kind, when it is not what was sealed */
export function openAtRest(entropy: Uint8Array, purpose: string, text: string): unknown {
  const { nonce, ciphertext } = SealedFile.parse(JSON.parse(text))
  const clear = chacha20poly1305(keyFor(entropy, purpose), fromHex(nonce)).decrypt(fromHex(ciphertext))
  return JSON.parse(new TextDecoder().decode(clear))
}
