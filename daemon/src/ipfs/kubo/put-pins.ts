import type { Disk } from '../../store/disk.ts'
import { del, put } from '../../store/disk.ts'

const LIST = 0x6c
const FIRST = Buffer.from([LIST])
const LAST = Buffer.from([LIST + 1])
const DIGEST_BYTES = 32

const keyOf = (list: string): Buffer => Buffer.concat([FIRST, Buffer.from(list, 'hex')])

/**
 * Which pins keep blocks between being put and being under a manifest.
 *
 * What is put is pinned by a list of its own, because Kubo's garbage collection takes whatever no pin keeps. Here is
 * which blocks of each list no manifest has pinned yet; a list without any has done its work. A crash between the pin
 * of a manifest and its note here leaves lists that keep too much, never too little.
 */
export class PutPins {
  readonly #disk: Disk
  /** By the digest of the list, the digests it alone keeps; all in hexadecimal. */
  readonly #lists = new Map<string, Set<string>>()

  constructor(disk: Disk) {
    this.#disk = disk
  }

  async open(): Promise<void> {
    await this.#disk.open()
    for await (const [key, value] of this.#disk.level.iterator({ gte: FIRST, lt: LAST })) {
      this.#lists.set(hexOf(key.subarray(1)), new Set(digestsIn(value)))
    }
  }

  async close(): Promise<void> {
    await this.#disk.close()
  }

  /** Lists that still keep something. */
  get count(): number {
    return this.#lists.size
  }

  /** Digests of the lists, and of what each alone keeps. */
  get lists(): readonly (readonly [list: Uint8Array, kept: readonly Uint8Array[]])[] {
    return [...this.#lists].map(([list, kept]) => [bytesOf(list), [...kept].map(bytesOf)])
  }

  /** @throws {StoreError} `STORE_FULL` while less is free than is kept in reserve */
  async haveRoom(): Promise<void> {
    await this.#disk.haveRoom()
  }

  /** Note a list before it is pinned. @throws {StoreError} */
  async add(list: Uint8Array, digests: readonly Uint8Array[]): Promise<void> {
    await this.#disk.write([put(Buffer.concat([FIRST, list]), Buffer.concat(digests))], true)
    this.#lists.set(hexOf(list), new Set(digests.map(hexOf)))
  }

  /**
   * Note that a pinned manifest keeps `digests`.
   *
   * @returns lists that are needed no more; noted until they are dropped
   * @throws {StoreError}
   */
  async cover(digests: readonly Uint8Array[]): Promise<readonly Uint8Array[]> {
    const covered = new Set(digests.map(hexOf))
    const writes = []
    for (const [list, kept] of this.#lists) {
      const left = [...kept].filter((digest) => !covered.has(digest))
      if (left.length === kept.size) continue
      this.#lists.set(list, new Set(left))
      writes.push(put(keyOf(list), Buffer.from(left.join(''), 'hex')))
    }
    if (writes.length > 0) await this.#disk.write(writes, true)
    // Also those of a call before whose unpinning failed.
    return [...this.#lists].filter(([, kept]) => kept.size === 0).map(([list]) => Buffer.from(list, 'hex'))
  }

  /** Forget lists that are unpinned. @throws {StoreError} */
  async drop(lists: readonly Uint8Array[]): Promise<void> {
    if (lists.length === 0) return
    await this.#disk.write(
      lists.map((list) => del(keyOf(hexOf(list)))),
      true,
    )
    for (const list of lists) this.#lists.delete(hexOf(list))
  }
}

const bytesOf = (hex: string): Uint8Array => Buffer.from(hex, 'hex')
const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

function digestsIn(value: Uint8Array): string[] {
  const digests: string[] = []
  for (let at = 0; at < value.length; at += DIGEST_BYTES)
    digests.push(hexOf(value.subarray(at, at + DIGEST_BYTES)))
  return digests
}
