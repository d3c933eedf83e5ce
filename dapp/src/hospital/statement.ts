import { type Hex, toHex } from '@hygeia/protocol/ids'
import type { Signer } from '@hygeia/protocol/signature'
import { digestOf, type Statement } from '@hygeia/protocol/typed-data/domain'
import { randomNonce } from '../random.ts'
import type { KnownHospital } from './known.ts'

/** A statement is to reach the chain within this time of being signed. */
const STATEMENT_LIFE_SEC = 600

/** A nonce of its own and a deadline some minutes on, in Unix seconds. */
export function once({ client }: KnownHospital): { readonly nonce: bigint; readonly deadline: number } {
  return { nonce: randomNonce(), deadline: Math.floor(client.clock.now() / 1_000) + STATEMENT_LIFE_SEC }
}

/** Sign a statement for the hospital's realm. @returns 64 bytes as hex */
export function signStatement<M extends object>(
  { signer }: { readonly signer: Signer },
  { realm }: Pick<KnownHospital, 'realm'>,
  kind: Statement<M>,
  message: M,
): Hex {
  return toHex(signer.sign(digestOf(realm, kind, message)))
}
