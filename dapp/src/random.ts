import { type Hex32, toHex } from '@hygeia/protocol/ids'

/** Bytes from the host's secure source. */
export function randomBytes(length: number): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(length))
}

export function randomHex32(): Hex32 {
  return toHex(randomBytes(32)) as string as Hex32
}

/** A nonce for a statement to a contract: any unused 256-bit number. */
export function randomNonce(): bigint {
  return BigInt(randomHex32())
}
