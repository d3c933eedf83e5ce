import { type TypedDataDomain, TypedDataEncoder, type TypedDataField } from 'ethers'
import { type Address, fromHex, type Hex32 } from '../ids.ts'

/** What a signature is bound to: one chain, one deployment. Nothing signed for another is worth anything here. */
export interface Realm {
  /** Random for each consortium; 1 to 2^53−1. */
  readonly chainId: number
  /** The permanent Directory contract. */
  readonly directory: Address
  /** Hash of the chain's genesis block. */
  readonly genesis: Hex32
}

/** @see EIP-712, "Definition of domainSeparator" */
export function domainOf({ chainId, directory, genesis }: Realm): TypedDataDomain {
  return { name: 'Hygeia', version: '1', chainId, verifyingContract: directory, salt: genesis }
}

/** One kind of signed statement: its EIP-712 struct and those that it contains. `M` is the message it takes. */
export interface Statement<M> {
  readonly primary: string
  readonly types: Record<string, TypedDataField[]>
  readonly message?: M
}

/** Define a statement from EIP-712 type text, such as `address patient,uint256 nonce`. */
export function statement<M>(
  primary: string,
  fields: string,
  parts: Record<string, string> = {},
): Statement<M> {
  const parse = (text: string) =>
    text.split(',').map((field) => {
      const [type = '', name = ''] = field.split(' ')
      return { type, name }
    })
  const types = Object.fromEntries(
    Object.entries({ [primary]: fields, ...parts }).map(([name, text]) => [name, parse(text)]),
  )
  return { primary, types }
}

/**
 * Digest that is signed.
 *
 * @returns 32 bytes
 * @throws {TypeError} `INVALID_ARGUMENT` from ethers when a field does not fit its type
 * @see EIP-712, "Specification"
 */
export function digestOf<M extends object>(realm: Realm, { types }: Statement<M>, message: M): Uint8Array {
  return fromHex(TypedDataEncoder.hash(domainOf(realm), types, message))
}

/** EIP-712 hashStruct of `message` alone, without a domain. @returns 32 bytes */
export function structHash<M extends object>({ primary, types }: Statement<M>, message: M): Uint8Array {
  return fromHex(TypedDataEncoder.hashStruct(primary, types, message))
}

/** @returns the 32-byte domain separator */
export function domainSeparator(realm: Realm): Uint8Array {
  return fromHex(TypedDataEncoder.hashDomain(domainOf(realm)))
}
