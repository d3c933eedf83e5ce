import { CodedError } from '../errors.ts'

export type UmbralFault =
  /** Bytes that are no key, capsule, fragment or ciphertext. */
  | { readonly code: 'UMBRAL_MALFORMED'; readonly what: string }
  /** A fragment that does not belong to these keys, or was not made from this capsule. */
  | { readonly code: 'UMBRAL_NOT_VERIFIED'; readonly what: string }
  /** The key, or the fragments, do not open this ciphertext. */
  | { readonly code: 'UMBRAL_NOT_OPENED'; readonly what: string }

export class UmbralError extends CodedError<UmbralFault> {}

/** Run a wasm call, naming what it was about when it throws (the library throws bare strings). */
export function attempt<T>(code: UmbralFault['code'], what: string, call: () => T): T {
  try {
    return call()
  } catch (cause) {
    throw new UmbralError(
      `${what}: ${cause instanceof Error ? cause.message : String(cause)}`,
      { code, what },
      { cause },
    )
  }
}
