import { hkdf } from '@noble/hashes/hkdf.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { HDKey } from '@scure/bip32'
import { entropyToMnemonic, mnemonicToEntropy, mnemonicToSeedSync, validateMnemonic } from '@scure/bip39'
import { wordlist } from '@scure/bip39/wordlists/english.js'
import { MalformedError } from '../errors.ts'
import type { Label } from '../label.ts'
import { keySigner, type Signer } from '../signature.ts'
import { labelSecretKey, publicKey } from '../umbral/keys.ts'

/** Bytes of entropy behind 24 words. */
export const ENTROPY_BYTES = 32
const ACCOUNT_PATH = "m/44'/60'/0'/0/0"

/** @param entropy - 32 bytes from a secure source @returns 24 words @see BIP-39 */
export function wordsOf(entropy: Uint8Array): string {
  if (entropy.length !== ENTROPY_BYTES) throw new RangeError(`not ${ENTROPY_BYTES} bytes of entropy`)
  return entropyToMnemonic(entropy, wordlist)
}

/** @throws {MalformedError} when a word is unknown or the checksum fails */
export function entropyOf(words: string): Uint8Array {
  const normal = words.trim().toLowerCase().split(/\s+/).join(' ')
  if (normal.split(' ').length !== 24 || !validateMnemonic(normal, wordlist)) {
    throw new MalformedError('seed', 'not 24 words with a right checksum')
  }
  return mnemonicToEntropy(normal, wordlist)
}

/** @throws {Error} when `root` is only the public half @see BIP-32 */
export function privateKeyAt(root: HDKey, path: string): Uint8Array {
  const { privateKey } = root.derive(path)
  if (privateKey === null) throw new Error('no private key to derive from')
  return privateKey
}

/** Everything that a patient's, or a physician's, 24 words yield. Secrets stay inside. */
export interface Identity {
  readonly signer: Signer
  /** Signs what a patient enters by hand, as a device of the patient's own. */
  readonly ownDevice: Signer
  /** Umbral verifying key of a patient, 33 bytes. */
  readonly verifyingKey: Uint8Array
  /** Umbral secret behind the verifying key, 32 bytes. */
  readonly verifyingSecret: Uint8Array
  /** Umbral receiving key of a physician, 33 bytes. */
  readonly receivingKey: Uint8Array
  /** Umbral secret behind the receiving key, 32 bytes. */
  readonly receivingSecret: Uint8Array
  /** Secret key of one of the patient's labels, 32 bytes. */
  labelSecret(label: Label): Uint8Array
}

/**
 * Derive an identity: the account by BIP-44, the Umbral keys by HKDF-SHA256 of the BIP-39 seed, each with an
 * `info` of its own. No passphrase in the BIP-39 sense.
 *
 * @throws {MalformedError} as `entropyOf` does
 */
export function identityOf(words: string): Identity {
  const seed = mnemonicToSeedSync(entropyToMnemonic(entropyOf(words), wordlist))
  const account = privateKeyAt(HDKey.fromMasterSeed(seed), ACCOUNT_PATH)
  const derive = (purpose: string) =>
    hkdf(sha256, seed, undefined, new TextEncoder().encode(`hygeia/${purpose}/1`), 32)
  const factorySeed = derive('umbral-factory')
  const verifyingSecret = labelSecretKey(derive('umbral-verifying'), 'key')
  const receivingSecret = labelSecretKey(derive('umbral-receiving'), 'key')
  return {
    signer: keySigner(account),
    ownDevice: keySigner(derive('own-device')),
    verifyingSecret,
    verifyingKey: publicKey(verifyingSecret),
    receivingSecret,
    receivingKey: publicKey(receivingSecret),
    labelSecret: (label) => labelSecretKey(factorySeed, label),
  }
}
