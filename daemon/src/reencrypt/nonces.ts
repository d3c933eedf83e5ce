import type { Address, Hex32 } from '@hygeia/protocol/ids'
import type { UnixMs } from '@hygeia/protocol/units'
import { GroupCommit } from '@hygeia/runtime/group-commit'
import type { Logger } from '@hygeia/runtime/log'
import { Disk, del, NOTHING, type Operation, put } from '../store/disk.ts'

export interface UsedNoncesOptions {
  readonly dir: string
  readonly reserveBytes: number
}

interface Used {
  readonly key: string
  readonly expires: UnixMs
}

const GROUP_LIMIT = 256
const nonceKey = (key: string) => Buffer.from(`n${key}`)
const expiryKey = ({ key, expires }: Used) => Buffer.from(`x${String(expires).padStart(15, '0')}${key}`)
const EXPIRY_CHARACTERS = 16

/** Nonces of requests that were answered, on disk until the requests would have expired anyway. */
export class UsedNonces {
  readonly #disk: Disk
  readonly #commit: GroupCommit<Used>
  /** Taken, and not on disk yet. */
  readonly #taking = new Set<string>()

  constructor(options: UsedNoncesOptions, deps: { readonly log: Logger }) {
    this.#disk = new Disk({ path: options.dir, reserveBytes: options.reserveBytes }, deps)
    this.#commit = new GroupCommit((group) => this.#write(group), GROUP_LIMIT)
  }

  async open(now: UnixMs): Promise<void> {
    await this.#disk.open(async () => {})
    await this.sweep(now)
  }

  async close(): Promise<void> {
    await this.#commit.idle()
    await this.#disk.close()
  }

  /** Whether the nonce was used, or is about to be. */
  async isUsed(physician: Address, nonce: Hex32): Promise<boolean> {
    const key = physician + nonce
    return this.#taking.has(key) || (await this.#disk.level.get(nonceKey(key))) !== undefined
  }

  /** Use a nonce up. @returns false when somebody was faster; otherwise it is on disk */
  async take(physician: Address, nonce: Hex32, expires: UnixMs): Promise<boolean> {
    const key = physician + nonce
    if (this.#taking.has(key)) return false
    this.#taking.add(key)
    try {
      if ((await this.#disk.level.get(nonceKey(key))) !== undefined) return false
      await this.#commit.add({ key, expires })
      return true
    } finally {
      this.#taking.delete(key)
    }
  }

  /** Forget nonces of requests that expired before `now`. */
  async sweep(now: UnixMs): Promise<void> {
    const operations: Operation[] = []
    const range = {
      gte: Buffer.from('x'),
      lt: Buffer.from(`x${String(now).padStart(15, '0')}`),
      limit: 10_000,
    }
    for await (const key of this.#disk.level.keys(range)) {
      operations.push(del(key), del(nonceKey(Buffer.from(key.subarray(EXPIRY_CHARACTERS)).toString())))
    }
    if (operations.length > 0) await this.#disk.write(operations, false)
  }

  async #write(group: readonly Used[]): Promise<void> {
    const operations = group.flatMap((used) => [
      put(nonceKey(used.key), NOTHING),
      put(expiryKey(used), NOTHING),
    ])
    await this.#disk.write(operations, true)
  }
}
