import { encodeCbor, sameBytes } from '@hygeia/protocol/cbor'
import { fromHex, toHex } from '@hygeia/protocol/ids'
import { type Identity, identityOf, wordsOf } from '@hygeia/protocol/seed/seed'
import { chacha20poly1305 } from '@noble/ciphers/chacha.js'
import { z } from 'zod'
import { randomBytes } from '../random.ts'
import { address, hexOfBytes } from '../schema.ts'
import { DEFAULT_DERIVATION, Derivation, derive } from './derive.ts'
import { KeysError } from './errors.ts'
import { ROLES, type Role } from './role.ts'

/** The entropy of 24 words under a passphrase, as a JSON file on its owner's side. */
export const Keystore = z.strictObject({
  kind: z.literal('hygeia-keystore'),
  version: z.literal(1),
  role: z.enum(ROLES),
  /** Account of the words, so that the file can be told without opening it. */
  address,
  derivation: Derivation,
  salt: hexOfBytes(16),
  check: hexOfBytes(16),
  nonce: hexOfBytes(12),
  /** ChaCha20-Poly1305 over 32 bytes; everything above is authenticated with it. */
  ciphertext: hexOfBytes(48),
})
export type Keystore = z.infer<typeof Keystore>

export const MIN_PASSPHRASE_LENGTH = 12

export interface Unlocked {
  readonly identity: Identity
  /** 32 bytes behind the 24 words. */
  readonly entropy: Uint8Array
}

/**
 * Lock entropy away.
 *
 * @param entropy - 32 bytes
 * @param derivation - cost of a guess; the default takes about half a second
 * @throws {KeysError} `WEAK_PASSPHRASE` below 12 characters
 */
export async function lock(
  role: Role,
  entropy: Uint8Array,
  passphrase: string,
  derivation: Derivation = DEFAULT_DERIVATION,
): Promise<Keystore> {
  if (passphrase.length < MIN_PASSPHRASE_LENGTH) {
    throw new KeysError(`a passphrase has at least ${MIN_PASSPHRASE_LENGTH} characters`, {
      code: 'WEAK_PASSPHRASE',
      minLength: MIN_PASSPHRASE_LENGTH,
    })
  }
  const salt = randomBytes(16)
  const { key, check } = await derive(passphrase, salt, derivation)
  const head = {
    kind: 'hygeia-keystore' as const,
    version: 1 as const,
    role,
    address: identityOf(wordsOf(entropy)).signer.address,
    derivation,
    salt: toHex(salt),
    check: toHex(check),
    nonce: toHex(randomBytes(12)),
  }
  const ciphertext = chacha20poly1305(key, fromHex(head.nonce), authenticated(head)).encrypt(entropy)
  return { ...head, ciphertext: toHex(ciphertext) }
}

/**
 * Open a keystore.
 *
 * @throws {KeysError} `WRONG_PASSPHRASE`, or `KEYSTORE_DAMAGED` when the passphrase is right and the file is not
 */
export async function unlock(keystore: Keystore, passphrase: string): Promise<Unlocked> {
  const { key, check } = await derive(passphrase, fromHex(keystore.salt), keystore.derivation)
  if (!sameBytes(check, fromHex(keystore.check))) {
    throw new KeysError('wrong passphrase', { code: 'WRONG_PASSPHRASE' })
  }
  const { ciphertext, ...head } = keystore
  let entropy: Uint8Array
  try {
    entropy = chacha20poly1305(key, fromHex(head.nonce), authenticated(head)).decrypt(fromHex(ciphertext))
  } catch (cause) {
    throw damaged(cause)
  }
  return { identity: identityOf(wordsOf(entropy)), entropy }
}

/** @throws {KeysError} `KEYSTORE_DAMAGED` when `text` is no keystore of this version */
export function parseKeystore(text: string): Keystore {
  try {
    return Keystore.parse(JSON.parse(text))
  } catch (cause) {
    throw damaged(cause)
  }
}

function authenticated(head: Omit<Keystore, 'ciphertext'>): Uint8Array {
  return encodeCbor(head)
}

function damaged(cause: unknown): KeysError {
  return new KeysError(
    'the keystore is damaged: recover it from your 24 words or shares',
    {
      code: 'KEYSTORE_DAMAGED',
    },
    { cause },
  )
}
