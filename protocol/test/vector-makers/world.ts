import { Signature, type TypedDataField, Wallet } from 'ethers'

/** Everybody in the vectors. Keys are numbers that nobody would use. */
export const device = new Wallet(`0x${'d1'.repeat(32)}`)
export const patient = new Wallet(`0x${'a2'.repeat(32)}`)
export const physician = new Wallet(`0x${'b3'.repeat(32)}`)
export const hospital = new Wallet(`0x${'c4'.repeat(32)}`)

export const addressOf = (wallet: Wallet) => wallet.address.toLowerCase()

export const realm = {
  chainId: 1_864_213_377,
  directory: '0x5fbdb2315678afecb367f032d93f642f64180aa3',
  genesis: '0x3f1e0a5c77d2b84496aa02d9134c6f8be05127dd9ac3480b6e2f715d8894ab30',
}

export const domain = {
  name: 'Hygeia',
  version: '1',
  chainId: realm.chainId,
  verifyingContract: realm.directory,
  salt: realm.genesis,
}

/** EIP-712 types from text, one struct a line: `Name(type field,…)`. The first is the one that is signed. */
export function typesOf(...structs: readonly string[]): Record<string, TypedDataField[]> {
  return Object.fromEntries(
    structs.map((struct) => {
      const [, name = '', fields = ''] = /^(\w+)\((.*)\)$/.exec(struct) ?? []
      return [
        name,
        fields.split(',').map((field) => {
          const [type = '', called = ''] = field.split(' ')
          return { type, name: called }
        }),
      ]
    }),
  )
}

/** Signed by ethers, which shares no code with keySigner. @returns EIP-2098 form, hex */
export async function signTyped(
  wallet: Wallet,
  types: Record<string, TypedDataField[]>,
  message: object,
): Promise<string> {
  return Signature.from(await wallet.signTypedData(domain, types, message)).compactSerialized
}

export const hex = (bytes: Uint8Array) => `0x${Buffer.from(bytes).toString('hex')}`
export const raw = (text: string) => Uint8Array.from(Buffer.from(text.slice(2), 'hex'))

/** Bytes that look random and are always the same: SHA-like filling is not needed, only variety. */
export function filled(length: number, seed: number): Uint8Array {
  let state = seed >>> 0
  return Uint8Array.from({ length }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state >>> 24
  })
}

/** Type of one label key, as statements of label keys and grants name it. */
export const LABEL_KEY = 'LabelKey(string label,bytes publicKey)'

/** Shaped as a compressed public key; no point of the curve need be there. */
export const publicKey = (seed: number) => hex(Uint8Array.of(2 + (seed % 2), ...filled(32, seed)))
export const hash = (seed: number) => hex(filled(32, seed))
