import { KeysError } from '@hygeia/dapp/keys/errors'
import { Keystore, lock, type Unlocked, unlock } from '@hygeia/dapp/keys/keystore'
import type { Role } from '@hygeia/dapp/keys/role'
import { randomBytes } from '@hygeia/dapp/random'
import { MalformedError } from '@hygeia/protocol/errors'
import type { Address, Hex } from '@hygeia/protocol/ids'
import { ENTROPY_BYTES, entropyOf, identityOf, wordsOf } from '@hygeia/protocol/seed/seed'
import type { Database } from '../store/database.ts'
import { Kept } from '../store/kept.ts'
import { lockWithPasskey, PasskeyBox, unlockWithPasskey } from './passkey.ts'

/** What an authenticator has to be asked to open the vault. */
export interface PasskeyQuestion {
  readonly credential: Hex
  /** 32 bytes. */
  readonly salt: Hex
}

export type Standing =
  | { readonly state: 'empty' }
  | {
      readonly state: 'locked' | 'open'
      readonly role: Role
      readonly address: Address
      readonly passkey: PasskeyQuestion | undefined
    }

/** Keys that are open, for the desks that work with them. */
export interface Open extends Unlocked {
  readonly role: Role
}

/**
 * Keeps the keys of one person, encrypted in the browser's database; open only in this worker's memory. Locking is
 * ending the worker.
 */
export class Vault {
  readonly #keystore: Kept<typeof Keystore>
  readonly #passkey: Kept<typeof PasskeyBox>
  readonly #database: Database
  /** Entropy that was drawn or recovered, and is not kept yet. */
  #drawn: Uint8Array | undefined
  #open: Open | undefined

  constructor(database: Database) {
    this.#database = database
    this.#keystore = new Kept(database, 'keystore', Keystore)
    this.#passkey = new Kept(database, 'passkey', PasskeyBox)
  }

  async standing(): Promise<Standing> {
    const keystore = await this.#keystore.read()
    if (keystore === undefined) return { state: 'empty' }
    const { role, address } = keystore
    const box = await this.#passkey.read()
    const passkey = box?.address === address ? { credential: box.credential, salt: box.salt } : undefined
    return { state: this.#open === undefined ? 'locked' : 'open', role, address, passkey }
  }

  /** Draw new words. @returns 24 of them, to be shown once */
  draw(): readonly string[] {
    this.#drawn = randomBytes(ENTROPY_BYTES)
    return wordsOf(this.#drawn).split(' ')
  }

  /** Whether words of those drawn stand at these places (from 0): they were written down. */
  confirm(asked: readonly { readonly place: number; readonly word: string }[]): boolean {
    const words = wordsOf(this.#entropyDrawn).split(' ')
    return asked.every(({ place, word }) => words[place] === word.trim().toLowerCase())
  }

  /** @returns the account that they are of @throws {MalformedError} */
  takeWords(words: string): Address {
    this.#drawn = entropyOf(words)
    return identityOf(words).signer.address
  }

  /** @returns the account that they are of @throws {MalformedError} which also says how many are missing */
  async takeShares(shares: readonly string[]): Promise<Address> {
    const { joinSeed } = await import('@hygeia/protocol/seed/shares')
    const entropy = await joinSeed(shares)
    this.#drawn = entropy
    return identityOf(wordsOf(entropy)).signer.address
  }

  /**
   * Keep what was drawn or recovered, in place of nothing, and open it.
   *
   * @throws {KeysError} `WEAK_PASSPHRASE`; `VAULT_FULL` when other keys are here
   */
  async keep(role: Role, passphrase: string): Promise<Standing> {
    const entropy = this.#entropyDrawn
    const identity = identityOf(wordsOf(entropy))
    const held = await this.#keystore.read()
    if (held !== undefined && held.address !== identity.signer.address) {
      throw new KeysError('this browser keeps other keys: remove them first', { code: 'VAULT_FULL' })
    }
    await this.#keystore.write(await lock(role, entropy, passphrase))
    this.#drawn = undefined
    this.#open = { role, identity, entropy }
    return this.standing()
  }

  /** @throws {KeysError} `WRONG_PASSPHRASE` or `KEYSTORE_DAMAGED` */
  async unlock(passphrase: string): Promise<Standing> {
    const keystore = await this.#kept()
    this.#open = { role: keystore.role, ...(await unlock(keystore, passphrase)) }
    return this.standing()
  }

  /** @param secret - 32 bytes that the authenticator answered @throws {KeysError} `WRONG_PASSKEY` */
  async unlockWithPasskey(secret: Uint8Array): Promise<Standing> {
    const { role, address } = await this.#kept()
    const box = await this.#passkey.read()
    if (box?.address !== address) throw new KeysError('no passkey was set up', { code: 'WRONG_PASSKEY' })
    const entropy = unlockWithPasskey(box, secret)
    this.#open = { role, identity: identityOf(wordsOf(entropy)), entropy }
    return this.standing()
  }

  /** Let an authenticator open these keys too. */
  async addPasskey({ credential, salt }: PasskeyQuestion, secret: Uint8Array): Promise<Standing> {
    const { entropy, identity } = this.opened
    const about = { address: identity.signer.address, credential, salt }
    await this.#passkey.write(lockWithPasskey(entropy, secret, about))
    return this.standing()
  }

  async removePasskey(): Promise<Standing> {
    await this.#passkey.remove()
    return this.standing()
  }

  /** Shares of the seed to hand out, of which any `threshold` recover it. @throws {KeysError} `WRONG_PASSPHRASE` */
  async shares(passphrase: string, count: number, threshold: number): Promise<readonly string[]> {
    const { splitSeed } = await import('@hygeia/protocol/seed/shares')
    const { entropy } = await unlock(await this.#kept(), passphrase)
    return splitSeed(entropy, count, threshold, randomBytes(4))
  }

  /** Remove everything that this browser keeps. */
  async clear(): Promise<void> {
    this.#open = undefined
    this.#drawn = undefined
    await this.#database.clear('kept')
    await this.#database.clear('blocks')
  }

  /** @throws {KeysError} `LOCKED` */
  get opened(): Open {
    if (this.#open === undefined) throw new KeysError('the keys are locked', { code: 'LOCKED' })
    return this.#open
  }

  get #entropyDrawn(): Uint8Array {
    if (this.#drawn === undefined) throw new MalformedError('seed', 'no words were drawn or given')
    return this.#drawn
  }

  async #kept(): Promise<Keystore> {
    const keystore = await this.#keystore.read()
    if (keystore === undefined) throw new KeysError('this browser keeps no keys', { code: 'VAULT_EMPTY' })
    return keystore
  }
}
