import { CodedError } from '@hygeia/protocol/errors'
import {
  isPhysicianKeySigned,
  keyDigest,
  type SignedPhysicianKey,
} from '@hygeia/protocol/grant/physician-key'
import type { Address, Hex32 } from '@hygeia/protocol/ids'
import { fromHex } from '@hygeia/protocol/ids'
import { PUBLIC_KEY_BYTES } from '@hygeia/protocol/label-keys/label-keys'
import type { Recover } from '@hygeia/protocol/signature'
import type { Realm } from '@hygeia/protocol/typed-data/domain'
import type { Service } from '@hygeia/runtime/lifecycle'
import type { Logger } from '@hygeia/runtime/log'
import { Disk, put } from '../store/disk.ts'

export type PhysicianKeyFault =
  /** Not signed by the physician whose key it is said to be. */
  | { readonly code: 'KEY_SIGNATURE' }
  /** The Directory holds the digest of another key for this physician. */
  | { readonly code: 'PHYSICIAN_KEY_DIFFERS' }

export class PhysicianKeyError extends CodedError<PhysicianKeyFault> {}

export interface PhysicianKeysOptions {
  readonly dir: string
  readonly reserveBytes: number
}

export interface PhysicianKeysDeps {
  readonly realm: Realm
  readonly recover: Recover
  readonly physicians: {
    physician(account: Address): Promise<{ readonly keyDigest: Hex32 } | undefined>
  }
  readonly log: Logger
}

/** Keys of accounts that are not registered: most that are held, in memory. */
const UNREGISTERED_LIMIT = 1_000

/**
 * Umbral keys of physicians, each vouched for by the physician's account.
 *
 * A key goes to disk once the Directory knows it; until then anyone could fill the disk with keys of accounts made
 * up for it, so that those wait in memory, the oldest leaving first.
 */
export class PhysicianKeys implements Service {
  readonly #deps: PhysicianKeysDeps
  readonly #disk: Disk
  readonly #unregistered = new Map<Address, SignedPhysicianKey>()

  constructor({ dir, reserveBytes }: PhysicianKeysOptions, deps: PhysicianKeysDeps) {
    this.#deps = deps
    this.#disk = new Disk({ path: dir, reserveBytes }, deps)
  }

  async start(): Promise<void> {
    await this.#disk.open()
  }

  async stop(): Promise<void> {
    await this.#disk.close()
  }

  /** @throws {PhysicianKeyError} @throws {MalformedError} when the signature is none */
  async put(key: SignedPhysicianKey): Promise<void> {
    const { realm, recover } = this.#deps
    if (!isPhysicianKeySigned(realm, key, recover)) {
      throw new PhysicianKeyError('not signed by the physician', { code: 'KEY_SIGNATURE' })
    }
    const registered = await this.#deps.physicians.physician(key.physician)
    if (registered === undefined) return this.#wait(key)
    if (registered.keyDigest !== keyDigest(key.receivingKey)) {
      throw new PhysicianKeyError('another key is registered', { code: 'PHYSICIAN_KEY_DIFFERS' })
    }
    await this.#keep(key)
  }

  async get(physician: Address): Promise<SignedPhysicianKey | undefined> {
    const value = await this.#disk.level.get(fromHex(physician))
    if (value !== undefined) {
      const [receivingKey, signature] = [value.slice(0, PUBLIC_KEY_BYTES), value.slice(PUBLIC_KEY_BYTES)]
      return { physician, receivingKey, signature }
    }
    const waiting = this.#unregistered.get(physician)
    if (waiting === undefined) return undefined
    const registered = await this.#deps.physicians.physician(physician)
    if (registered === undefined) return waiting
    this.#unregistered.delete(physician)
    if (registered.keyDigest !== keyDigest(waiting.receivingKey)) return undefined
    await this.#keep(waiting)
    return waiting
  }

  #wait(key: SignedPhysicianKey): void {
    this.#unregistered.delete(key.physician)
    this.#unregistered.set(key.physician, key)
    const [oldest] = this.#unregistered.keys()
    if (this.#unregistered.size > UNREGISTERED_LIMIT && oldest !== undefined)
      this.#unregistered.delete(oldest)
  }

  async #keep({ physician, receivingKey, signature }: SignedPhysicianKey): Promise<void> {
    await this.#disk.write([put(fromHex(physician), Buffer.concat([receivingKey, signature]))], true)
    this.#unregistered.delete(physician)
  }
}
