import { type Address, addressOf, fromHex } from '@hygeia/protocol/ids'
import type { Recover } from '@hygeia/protocol/signature'
import type { UnixMs } from '@hygeia/protocol/units'
import { ParsedMessage } from '@spruceid/siwe-parser'
import { hashMessage, Signature } from 'ethers'
import { SessionError } from './errors.ts'

/** Longest message that is looked at; a real one has some 300 characters. */
const MESSAGE_LIMIT = 2_048

/** What a sign-in message must say to be for this hospital. */
export interface Expected {
  /** Hosts (with port, unless it is 443) that this API is reached by. */
  readonly domains: readonly string[]
  readonly chainId: number
  readonly now: UnixMs
}

/**
 * Account that signed in, and the nonce that it used; whether the nonce is good is for the caller.
 *
 * @param signature - 65 bytes r, s, v or 64 bytes (EIP-2098), as hex
 * @throws {SessionError} naming the first thing that is wrong
 * @see EIP-4361
 */
export function readSignIn(
  { message, signature }: { readonly message: string; readonly signature: string },
  { domains, chainId, now }: Expected,
  recover: Recover,
): { readonly account: Address; readonly nonce: string } {
  const parsed = parse(message)
  if (!domains.includes(parsed.domain)) {
    throw new SessionError('the message is for another host', { code: 'SIGN_IN_WRONG_DOMAIN' })
  }
  if (parsed.chainId !== chainId) {
    throw new SessionError('the message is for another chain', { code: 'SIGN_IN_WRONG_CHAIN' })
  }
  const isEarly = parsed.notBefore !== undefined && Date.parse(parsed.notBefore) > now
  const isLate = parsed.expirationTime !== undefined && Date.parse(parsed.expirationTime) <= now
  if (isEarly || isLate) {
    throw new SessionError('the message is not valid at this time', { code: 'SIGN_IN_EXPIRED' })
  }
  const account = addressOf(parsed.address)
  if (signerOf(message, signature, recover) !== account) {
    throw new SessionError('the message is not signed by its account', { code: 'SIGN_IN_SIGNATURE' })
  }
  return { account, nonce: parsed.nonce }
}

function parse(message: string): ParsedMessage {
  if (message.length <= MESSAGE_LIMIT) {
    try {
      return new ParsedMessage(message)
    } catch (cause) {
      throw new SessionError('not an EIP-4361 message', { code: 'SIGN_IN_MALFORMED' }, { cause })
    }
  }
  throw new SessionError('not an EIP-4361 message: too long', { code: 'SIGN_IN_MALFORMED' })
}

function signerOf(message: string, signature: string, recover: Recover): Address {
  try {
    // Through the compact form, whose reader refuses a high s; ethers' own lets some of them pass.
    const compact = fromHex(Signature.from(signature).compactSerialized)
    return recover(fromHex(hashMessage(message)), compact)
  } catch (cause) {
    throw new SessionError('not a signature', { code: 'SIGN_IN_SIGNATURE' }, { cause })
  }
}
