import { z } from 'zod'

/** A JSON body, not looked into: the double trusts what it is sent. */
export type Json = z.infer<typeof Body>
export const Body = z.record(z.string(), z.any())

/** A refusal by name, as the hospital's problem details tell it. */
export class Refused extends Error {
  readonly status: number
  readonly code: string
  constructor(status: number, code: string) {
    super(code)
    this.status = status
    this.code = code
  }
}

/** A relay request as it was before JSON: nonces are decimal text there. */
export function revived({ kind, message, ...signatures }: Json): unknown {
  const nonce = message.nonce === undefined ? {} : { nonce: BigInt(message.nonce) }
  return { kind, message: { ...message, ...nonce }, ...signatures }
}
