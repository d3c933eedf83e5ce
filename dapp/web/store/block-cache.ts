import { openWith } from '@hygeia/dapp/patient/open'
import { randomBytes } from '@hygeia/dapp/random'
import type { Address } from '@hygeia/protocol/ids'
import { decodeSealed, encodeSealed } from '@hygeia/protocol/sealed/codec'
import type { SealedBatch } from '@hygeia/protocol/sealed/header'
import { DAY_MS } from '@hygeia/protocol/units'
import { chacha20poly1305 } from '@noble/ciphers/chacha.js'
import { hkdf } from '@noble/hashes/hkdf.js'
import { sha256 } from '@noble/hashes/sha2.js'
import type { Opened } from '../readings/source.ts'
import type { Database, KeptBlock } from './database.ts'

/** So much of what was opened can be read while nobody is there. */
const KEEP_MS = 35 * DAY_MS
/** Opened again between two signs of life. */
const AT_ONCE = 240

/** Forget what is older than a month, whoever's it is. @param now - ms since the Unix epoch */
export async function tidyBlocks(database: Database, now: number): Promise<void> {
  const change = database.transaction('blocks', 'readwrite')
  const old = change.store.index('to').iterate(IDBKeyRange.upperBound(now - KEEP_MS))
  for await (const cursor of old) await cursor.delete()
  await change.done
}

/** One patient's opened batches as they were sealed, each with its data key under a key that the words yield. */
export class BlockCache {
  readonly #database: Database
  readonly #key: Uint8Array
  readonly #owner: Address
  #isForgotten = false
  /** The browser gives no more room: reading goes on without keeping. */
  isFull = false

  /** @param entropy - behind the words of whoever reads @param owner - the patient's account */
  constructor(database: Database, entropy: Uint8Array, owner: Address) {
    this.#database = database
    this.#owner = owner
    this.#key = hkdf(sha256, entropy, undefined, new TextEncoder().encode('hygeia/web-cache/1'), 32)
  }

  async keep(opened: readonly Opened[], isAnchored: (cid: string) => boolean): Promise<void> {
    if (this.isFull || this.#isForgotten || opened.length === 0) return
    try {
      const change = this.#database.transaction('blocks', 'readwrite')
      const puts = opened.map(({ cid, header, dataKey }) =>
        change.store.put({ ...this.#sealed(header, dataKey), cid, isAnchored: isAnchored(cid) }),
      )
      await Promise.all([...puts, change.done])
    } catch (cause) {
      if (!(cause instanceof DOMException && cause.name === 'QuotaExceededError')) throw cause
      this.isFull = true
    }
  }

  /**
   * What is kept of a range of time, ms, newest first, some at a time; what does not open is left out.
   *
   * @param isHeld - which are not wanted
   */
  async *read(
    from: number,
    to: number,
    isHeld: (cid: string) => boolean,
  ): AsyncGenerator<readonly (Opened & { readonly isAnchored: boolean })[]> {
    const cids = await this.#database.getAllKeysFromIndex('blocks', 'owner', this.#since(from))
    const wanted = cids.reverse().filter((cid) => !isHeld(cid))
    for (let start = 0; start < wanted.length; start += AT_ONCE) {
      const { store, done } = this.#database.transaction('blocks', 'readonly')
      const some = await Promise.all(wanted.slice(start, start + AT_ONCE).map((cid) => store.get(cid)))
      await done
      yield some.flatMap((block) => (block !== undefined && block.from < to ? this.#opened(block) : []))
    }
  }

  async sawAnchored(cids: readonly string[]): Promise<void> {
    const change = this.#database.transaction('blocks', 'readwrite')
    const seen = cids.map(async (cid) => {
      const block = await change.store.get(cid)
      if (block !== undefined && !block.isAnchored) await change.store.put({ ...block, isAnchored: true })
    })
    await Promise.all([...seen, change.done])
  }

  /** Forget all of this patient's, and whatever still comes. */
  async forget(): Promise<void> {
    this.#isForgotten = true
    const change = this.#database.transaction('blocks', 'readwrite')
    const all = change.store.index('owner').iterate(this.#since(0))
    for await (const cursor of all) await cursor.delete()
    await change.done
  }

  #sealed(header: SealedBatch, dataKey: Uint8Array): Omit<KeptBlock, 'cid' | 'isAnchored'> {
    const nonce = randomBytes(12)
    const { from, to } = header
    const cipher = chacha20poly1305(this.#key, nonce)
    const owner = this.#owner
    return { owner, from, to, block: encodeSealed(header), nonce, dataKey: cipher.encrypt(dataKey) }
  }

  #since(from: number): IDBKeyRange {
    return IDBKeyRange.bound([this.#owner, from], [this.#owner, Number.POSITIVE_INFINITY])
  }

  #opened({ cid, block, nonce, dataKey, isAnchored }: KeptBlock) {
    try {
      const key = chacha20poly1305(this.#key, nonce).decrypt(dataKey)
      const header = decodeSealed(block)
      return [{ cid, header, batch: openWith(header, key), dataKey: key, isAnchored }]
    } catch {
      // Of other keys that were here before, or damaged: the hospital has it.
      return []
    }
  }
}
