import { MalformedError } from '@hygeia/protocol/errors'
import type { Address } from '@hygeia/protocol/ids'
import { type Recover, recoverAddress } from '@hygeia/protocol/signature'

/** Who made a signature that nobody can have made. No account's address, so that it is never who was expected. */
export const NOBODY = 'nobody' as string as Address

/** Who signed, for bytes from outside: what is no signature at all is by nobody, not an error. */
export const recoverSigner: Recover = (digest, signature) => {
  try {
    return recoverAddress(digest, signature)
  } catch (cause) {
    if (cause instanceof MalformedError) return NOBODY
    throw cause
  }
}
