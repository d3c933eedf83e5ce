import { type Address, toHex } from '@hygeia/protocol/ids'
import { keccak256 } from '@hygeia/protocol/keccak'

const utf8 = (text: string) => new TextEncoder().encode(text)

export interface SignIn {
  /** HTTPS origin of the hospital. */
  readonly origin: string
  readonly address: Address
  readonly chainId: number
  readonly nonce: string
  /** ms since the Unix epoch. */
  readonly issuedAt: number
  readonly expires: number
}

/**
 * What somebody signs who signs in: version 1, with scheme and expiration time.
 *
 * Written here: the library of that name brings all of ethers and a grammar of it into the browser, four times as
 * much as everything else that a page loads.
 *
 * @see EIP-4361, "Message Format"
 */
export function signInMessage({ origin, address, chainId, nonce, issuedAt, expires }: SignIn): string {
  return [
    `https://${new URL(origin).host} wants you to sign in with your Ethereum account:`,
    checksummed(address),
    '',
    'Log in to this hospital.',
    '',
    `URI: ${origin}`,
    'Version: 1',
    `Chain ID: ${chainId}`,
    `Nonce: ${nonce}`,
    `Issued At: ${new Date(issuedAt).toISOString()}`,
    `Expiration Time: ${new Date(expires).toISOString()}`,
  ].join('\n')
}

/** Digest of a text that somebody signs. @returns 32 bytes @see EIP-191, version 0x45 */
export function personalDigest(text: string): Uint8Array {
  const bytes = utf8(text)
  return keccak256(utf8(`\x19Ethereum Signed Message:\n${bytes.length}`), bytes)
}

/** An address with its checksum in the case of its letters. @see EIP-55 */
export function checksummed(address: Address): string {
  const digits = address.slice(2)
  const hash = toHex(keccak256(utf8(digits))).slice(2)
  const cased = [...digits].map((digit, index) =>
    Number.parseInt(hash[index] ?? '0', 16) >= 8 ? digit.toUpperCase() : digit,
  )
  return `0x${cased.join('')}`
}
