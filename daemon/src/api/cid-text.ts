import { CID_BYTES } from '@hygeia/protocol/sealed/cid'

/** RFC 4648 §6, in the lower case that multibase `b` stands for. */
const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567'
const VALUES = Uint8Array.from({ length: 128 }, (_, code) =>
  Math.max(0, ALPHABET.indexOf(String.fromCharCode(code))),
)

/** Whether the two bits that base32 has to spare at the end are zero. @param text - `bafyrei…`, 59 characters */
export function isCanonicalCid(text: string): boolean {
  return ((VALUES[text.charCodeAt(text.length - 1)] ?? 0) & 0b11) === 0
}

/**
 * Bytes of a CID whose shape was checked: a request names ten thousand, and this is ten times faster than the
 * general parser.
 *
 * @param text - `bafyrei…`, 59 characters of the alphabet
 * @returns 36 bytes
 */
export function cidBytes(text: string): Uint8Array {
  const bytes = new Uint8Array(CID_BYTES)
  let [bits, held, at] = [0, 0, 0]
  for (let index = 1; index < text.length; index++) {
    held = ((held << 5) | (VALUES[text.charCodeAt(index)] ?? 0)) & 0xfff
    bits += 5
    if (bits < 8) continue
    bits -= 8
    bytes[at++] = (held >> bits) & 0xff
  }
  return bytes
}
