/** How far after the expected instant the hospital is asked again, as long as there was nothing, in ms. */
const AGAIN_MS = [80, 120, 180, 270] as const
/** While the rhythm is unknown. */
const SEARCH_MS = 250
/** How much earlier the next question comes when the first one of a block had an answer. */
const EARLIER_MS = 25
/** Blocks without a receipt after which it is asked more and more rarely. */
const PATIENCE = 4
const LONGEST_MS = 30_000

/**
 * When to ask for receipts that a hospital cannot push: shortly after each block, learned from when they came.
 *
 * Receipts come once a block, at the same phase of its period. A question too early is answered with nothing and
 * repeated a little later; one that was early enough lets the next come a little earlier. So about two questions
 * a block find each receipt within some 100 ms.
 */
export class BlockPhase {
  readonly #periodMs: number
  /** An instant at which receipts were there; later ones come whole periods after it. */
  #due: number | undefined
  /** Questions of this block that had no receipt. */
  #misses = 0
  #emptyBlocks = 0

  /** @param periodMs - block period of the chain */
  constructor({ periodMs }: { periodMs: number }) {
    this.#periodMs = periodMs
  }

  /**
   * When to ask next.
   *
   * @param askedAt - when it was asked last, −∞ for never; monotonic ms, as everything here
   */
  next(askedAt: number, now: number): number {
    if (this.#emptyBlocks >= PATIENCE) {
      const waitMs = this.#periodMs * 2 ** (this.#emptyBlocks - PATIENCE)
      return Math.max(now, askedAt + Math.min(LONGEST_MS, Math.max(SEARCH_MS, waitMs)))
    }
    if (this.#due === undefined) return Math.max(now, askedAt + SEARCH_MS)
    const again = this.#misses === 0 ? undefined : AGAIN_MS[this.#misses - 1]
    if (again !== undefined) return Math.max(now, askedAt + Math.min(again, this.#periodMs / 4))
    const periods = Math.floor((Math.max(now, askedAt) - this.#due) / this.#periodMs) + 1
    return this.#due + periods * this.#periodMs
  }

  /** A question at `at` brought receipts. */
  hit(at: number): void {
    this.#due = this.#misses === 0 && this.#due !== undefined ? at - EARLIER_MS : at
    this.#misses = 0
    this.#emptyBlocks = 0
  }

  /** A question at `at` brought none. */
  miss(at: number): void {
    this.#misses++
    const isBlockOver =
      this.#due === undefined
        ? this.#misses * SEARCH_MS >= this.#periodMs
        : this.#misses > AGAIN_MS.length || this.#emptyBlocks >= PATIENCE
    if (!isBlockOver) return
    this.#misses = 0
    this.#emptyBlocks++
    // Asked for so long in vain, the rhythm may have changed.
    if (this.#emptyBlocks === PATIENCE && this.#due !== undefined) this.#due = at
  }

  /** Something new is waited for: ask at the usual pace again. */
  hope(): void {
    this.#emptyBlocks = Math.min(this.#emptyBlocks, PATIENCE - 1)
  }
}
