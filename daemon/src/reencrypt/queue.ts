/** A piece of work for one worker. */
export interface Piece {
  readonly job: object
  readonly run: () => void
}

/**
 * Pieces of several jobs, one of each in turn, so that a physician who asks for a year keeps nobody waiting who
 * asks for an hour.
 */
export class FairQueue {
  readonly #jobs = new Map<object, Piece[]>()
  #length = 0

  get length(): number {
    return this.#length
  }

  push(piece: Piece): void {
    const held = this.#jobs.get(piece.job)
    if (held === undefined) this.#jobs.set(piece.job, [piece])
    else held.push(piece)
    this.#length++
  }

  take(): Piece | undefined {
    for (const [job, pieces] of this.#jobs) {
      const piece = pieces.shift()
      // To the end of the line, or out of it.
      this.#jobs.delete(job)
      if (pieces.length > 0) this.#jobs.set(job, pieces)
      if (piece === undefined) continue
      this.#length--
      return piece
    }
    return undefined
  }

  /** Drop what is left of a job. */
  drop(job: object): void {
    this.#length -= this.#jobs.get(job)?.length ?? 0
    this.#jobs.delete(job)
  }
}
