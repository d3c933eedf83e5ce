import type { Clock } from '@hygeia/runtime/clock'
import { type Block, blockBytes } from './block.ts'
import { Bounded } from './bounded.ts'

export interface UploadsOptions {
  /** Largest body. */
  readonly bodyLimitBytes: number
}

export type Progress =
  | { readonly state: 'more' }
  | { readonly state: 'whole'; readonly body: Uint8Array }
  | { readonly state: 'refused'; readonly reason: 'BAD_BLOCK' | 'INCOMPLETE' | 'TOO_LARGE' }

interface Upload {
  readonly parts: Uint8Array[]
  readonly bytes: number
}

const COUNT_LIMIT = 1_024
const BYTES_LIMIT = 16 * 1024 * 1024
/** A body whose next block takes longer is forgotten. */
const TTL_MS = 60_000
/** What an upload costs besides its bytes. */
const OVERHEAD_BYTES = 256

/**
 * Bodies that come block by block, in order, as every client sends them.
 *
 * The caller's key must not hold the token: clients may change it from block to block (libcoap does).
 *
 * @see RFC 7959 §2.5
 */
export class Uploads {
  readonly #options: UploadsOptions
  readonly #uploads: Bounded<Upload>

  constructor(options: UploadsOptions, deps: { readonly clock: Clock }) {
    this.#options = options
    this.#uploads = new Bounded({ count: COUNT_LIMIT, bytes: BYTES_LIMIT, ttlMs: TTL_MS }, deps)
  }

  /** Too many uploads at once: strangers should be asked whether they are where they say they are. */
  get isCrowded(): boolean {
    return this.#uploads.fill > 0.5
  }

  /** Take one block of the body that `key` names. */
  take(key: string, block: Block, payload: Uint8Array): Progress {
    const sizeBytes = blockBytes(block)
    if (block.hasMore ? payload.length !== sizeBytes : payload.length > sizeBytes) return refused('BAD_BLOCK')
    const offset = block.number * sizeBytes
    if (offset + payload.length > this.#options.bodyLimitBytes) {
      this.#uploads.delete(key)
      return refused('TOO_LARGE')
    }
    // The first block begins anew, whatever was left of an earlier body.
    const held = offset === 0 ? { parts: [], bytes: 0 } : this.#uploads.get(key)
    if (held === undefined || offset > held.bytes) return refused('INCOMPLETE')
    // Sent again because the answer was lost.
    if (offset < held.bytes) return block.hasMore ? { state: 'more' } : refused('INCOMPLETE')
    const parts = [...held.parts, Uint8Array.from(payload)]
    const bytes = held.bytes + payload.length
    if (!block.hasMore) {
      this.#uploads.delete(key)
      return { state: 'whole', body: parts.length === 1 ? payload : Buffer.concat(parts) }
    }
    this.#uploads.put(key, { parts, bytes }, bytes + OVERHEAD_BYTES)
    return { state: 'more' }
  }
}

function refused(reason: 'BAD_BLOCK' | 'INCOMPLETE' | 'TOO_LARGE'): Progress {
  return { state: 'refused', reason }
}
