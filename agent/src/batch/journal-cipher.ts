import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'

const ALGORITHM = 'chacha20-poly1305'
const NONCE_BYTES = 12
const TAG_BYTES = 16

/** Keeps what is journaled unreadable to who finds the card without the device's key. */
export class JournalCipher {
  readonly #key: Uint8Array

  /** @param key - 32 bytes */
  constructor({ key }: { key: Uint8Array }) {
    this.#key = key
  }

  /** @param about - what the bytes belong to; needed again to open them */
  seal(plaintext: Uint8Array, about: string): Uint8Array {
    // A record every second for a century is 2^32 random nonces of 96 bits: none comes twice.
    const nonce = randomBytes(NONCE_BYTES)
    const cipher = createCipheriv(ALGORITHM, this.#key, nonce, { authTagLength: TAG_BYTES })
    cipher.setAAD(Buffer.from(about), { plaintextLength: plaintext.length })
    return Buffer.concat([nonce, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()])
  }

  /** @returns undefined when the bytes are not what was sealed */
  open(sealed: Uint8Array, about: string): Uint8Array | undefined {
    if (sealed.length < NONCE_BYTES + TAG_BYTES) return undefined
    const end = sealed.length - TAG_BYTES
    const decipher = createDecipheriv(ALGORITHM, this.#key, sealed.subarray(0, NONCE_BYTES), {
      authTagLength: TAG_BYTES,
    })
    decipher.setAAD(Buffer.from(about), { plaintextLength: end - NONCE_BYTES })
    decipher.setAuthTag(sealed.subarray(end))
    try {
      return Buffer.concat([decipher.update(sealed.subarray(NONCE_BYTES, end)), decipher.final()])
    } catch {
      return undefined
    }
  }
}
