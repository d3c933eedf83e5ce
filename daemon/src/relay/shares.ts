import type { Address } from '@hygeia/protocol/ids'
import type { Clock } from '@hygeia/runtime/clock'

export interface SharesOptions {
  /** Statements of one signer in a window. */
  readonly count: number
  readonly windowMs: number
  /** Most signers remembered; the one who came least recently is forgotten first. */
  readonly signers: number
}

/** How much of the relay each signer has used lately: gas is the hospital's, so that nobody may burn it at will. */
export class Shares {
  readonly #options: SharesOptions
  readonly #clock: Clock
  readonly #used = new Map<Address, { since: number; count: number }>()

  constructor(options: SharesOptions, { clock }: { readonly clock: Clock }) {
    this.#options = options
    this.#clock = clock
  }

  /** Take one of `signer`'s share. @returns 0, or the ms after which there is more */
  take(signer: Address): number {
    const now = this.#clock.monotonic()
    const { count, windowMs, signers } = this.#options
    const held = this.#used.get(signer)
    const used = held === undefined || now - held.since >= windowMs ? { since: now, count: 0 } : held
    this.#used.delete(signer)
    this.#used.set(signer, used)
    for (const oldest of this.#used.keys()) {
      if (this.#used.size <= signers) break
      this.#used.delete(oldest)
    }
    if (used.count >= count) return used.since + windowMs - now
    used.count++
    return 0
  }
}
