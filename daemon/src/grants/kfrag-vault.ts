import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'
import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { KFRAG_BYTES } from '@hygeia/protocol/grant/parcel'
import { fromHex, type Hex32 } from '@hygeia/protocol/ids'
import { syncDirectory, writeAtomic } from '@hygeia/runtime/atomic-write'
import { StoreError } from '../store/errors.ts'

export interface KfragVaultOptions {
  /** A directory of its own, which backups leave out: what is deleted here must not come back. */
  readonly dir: string
}

export interface KfragVaultDeps {
  /** 32 bytes, from the hospital's key files. */
  readonly storageKey: Uint8Array
}

const CIPHER = 'chacha20-poly1305'
const NONCE_BYTES = 12
const TAG_BYTES = 16
const FILE = /^0x[0-9a-f]{64}$/

/**
 * Key fragments on disk, encrypted, each grant's under a key of its own and in a file of its own: a database
 * would keep what is deleted until it rewrites its files.
 */
export class KfragVault {
  readonly #dir: string
  readonly #storageKey: Uint8Array

  constructor({ dir }: KfragVaultOptions, { storageKey }: KfragVaultDeps) {
    this.#dir = dir
    this.#storageKey = storageKey
  }

  async open(): Promise<void> {
    await mkdir(this.#dir, { recursive: true, mode: 0o700 })
    // What a crash left of a file that was being written, or deleted.
    for (const name of await readdir(this.#dir)) {
      if (!FILE.test(name)) await rm(join(this.#dir, name))
    }
  }

  /** Resolves when the fragments are on disk. @throws {StoreError} `STORE_DOWN` when it does not take them */
  async put(grant: Hex32, kfrags: readonly Uint8Array[]): Promise<void> {
    const nonce = randomBytes(NONCE_BYTES)
    const cipher = createCipheriv(CIPHER, this.#keyOf(grant), nonce, { authTagLength: TAG_BYTES })
    const sealed = [
      nonce,
      ...kfrags.map((kfrag) => cipher.update(kfrag)),
      cipher.final(),
      cipher.getAuthTag(),
    ]
    await writeAtomic(this.#pathOf(grant), Buffer.concat(sealed)).catch((cause: unknown) => {
      throw new StoreError('fragments not written', { code: 'STORE_DOWN' }, { cause })
    })
  }

  /** In the order of the grant's labels; undefined when there are none, or no more. */
  async get(grant: Hex32): Promise<readonly Uint8Array[] | undefined> {
    const sealed = await readFile(this.#pathOf(grant)).catch(unlessMissing)
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

  /** Resolves when the fragments are gone, and stay gone after a power cut. */
  async remove(grant: Hex32): Promise<void> {
    const gone = `${this.#pathOf(grant)}.gone`
    // Out of sight first: whoever reads meanwhile finds all or nothing, and a restart finishes what was begun.
    const isThere = await rename(this.#pathOf(grant), gone).then(() => true, unlessMissing)
    if (isThere === undefined) return
    await overwrite(gone)
    await rm(gone)
    await syncDirectory(this.#dir)
  }

  async grants(): Promise<readonly Hex32[]> {
    return (await readdir(this.#dir)).filter((name) => FILE.test(name)) as Hex32[]
  }

  #pathOf(grant: Hex32): string {
    return join(this.#dir, grant)
  }

  #keyOf(grant: Hex32): Buffer {
    return Buffer.from(hkdfSync('sha256', this.#storageKey, fromHex(grant), 'hygeia/kfrags/1', 32))
  }
}

/** Zeros over the very blocks, as far as disk and file system write in place. */
async function overwrite(path: string): Promise<void> {
  const file = await open(path, 'r+')
  try {
    const { size } = await file.stat()
    await file.write(new Uint8Array(size), 0, size, 0)
    await file.sync()
  } finally {
    await file.close()
  }
}

function unlessMissing(cause: unknown): undefined {
  if (Object(cause).code === 'ENOENT') return undefined
  throw cause
}
