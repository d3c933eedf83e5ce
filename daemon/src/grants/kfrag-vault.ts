import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'
import { KFRAG_BYTES } from '@hygeia/protocol/grant/parcel'
import { fromHex, type Hex32 } from '@hygeia/protocol/ids'
import type { Logger } from '@hygeia/runtime/log'
import { Disk, del, put } from '../store/disk.ts'

export interface KfragVaultOptions {
  /** A directory of its own, which backups leave out: what is deleted here must not come back. */
  readonly dir: string
  readonly reserveBytes: number
}

export interface KfragVaultDeps {
  /** 32 bytes, from the hospital's key files. */
  readonly storageKey: Uint8Array
  readonly log: Logger
}

const CIPHER = 'chacha20-poly1305'
const NONCE_BYTES = 12
const TAG_BYTES = 16

/** Key fragments on disk, encrypted, each grant's under a key of its own. */
export class KfragVault {
  readonly #storageKey: Uint8Array
  readonly #disk: Disk

  constructor({ dir, reserveBytes }: KfragVaultOptions, { storageKey, log }: KfragVaultDeps) {
    this.#storageKey = storageKey
    this.#disk = new Disk({ path: dir, reserveBytes }, { log })
  }

  async open(): Promise<void> {
    await this.#disk.open(async () => {})
  }

  async close(): Promise<void> {
    await this.#disk.close()
  }

  /** Resolves when the fragments are on disk. */
  async put(grant: Hex32, kfrags: readonly Uint8Array[]): Promise<void> {
    const nonce = randomBytes(NONCE_BYTES)
    const cipher = createCipheriv(CIPHER, this.#keyOf(grant), nonce, { authTagLength: TAG_BYTES })
    const sealed = [
      nonce,
      ...kfrags.map((kfrag) => cipher.update(kfrag)),
      cipher.final(),
      cipher.getAuthTag(),
    ]
    await this.#disk.write([put(fromHex(grant), Buffer.concat(sealed))], true)
  }

  /** In the order of the grant's labels; undefined when there are none, or no more. */
  async get(grant: Hex32): Promise<readonly Uint8Array[] | undefined> {
    const sealed = await this.#disk.level.get(fromHex(grant))
    if (sealed === undefined) return undefined
    const nonce = sealed.subarray(0, NONCE_BYTES)
    const decipher = createDecipheriv(CIPHER, this.#keyOf(grant), nonce, { authTagLength: TAG_BYTES })
    decipher.setAuthTag(sealed.subarray(-TAG_BYTES))
    const joined = Buffer.concat([
      decipher.update(sealed.subarray(NONCE_BYTES, -TAG_BYTES)),
      decipher.final(),
    ])
    return Array.from({ length: joined.length / KFRAG_BYTES }, (_, index) =>
      Uint8Array.from(joined.subarray(index * KFRAG_BYTES, (index + 1) * KFRAG_BYTES)),
    )
  }

  /** Resolves when the fragments are gone from the disk, not only from view. */
  async remove(grant: Hex32): Promise<void> {
    const key = fromHex(grant)
    if ((await this.#disk.level.get(key)) === undefined) return
    await this.#disk.write([del(key)], true)
    // LevelDB keeps deleted values in its files until they are compacted.
    await this.#disk.level.compactRange(key, Buffer.concat([key, Buffer.of(0)]))
  }

  async grants(): Promise<readonly Hex32[]> {
    const keys = await this.#disk.level.keys().all()
    return keys.map((key) => `0x${Buffer.from(key).toString('hex')}` as Hex32)
  }

  #keyOf(grant: Hex32): Buffer {
    return Buffer.from(hkdfSync('sha256', this.#storageKey, fromHex(grant), 'hygeia/kfrags/1', 32))
  }
}
