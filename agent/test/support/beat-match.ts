/** How found beats stand to marked ones. */
export interface BeatMatch {
  readonly marked: number
  readonly missed: number
  readonly false: number
  /** Distances of those that were found, ms, rising. */
  readonly errorsMs: readonly number[]
}

export interface BeatMatchOptions {
  readonly rateHz: number
  /** How far apart a found and a marked beat may be, ms. */
  readonly withinMs: number
  /** Sample numbers between which beats count. */
  readonly from: number
  readonly to: number
}

/** @param found, marked - sample numbers */
export function matchBeats(
  found: readonly number[],
  marked: ArrayLike<number>,
  { rateHz, withinMs, from, to }: BeatMatchOptions,
): BeatMatch {
  const marks = Array.from(marked)
  const counts = (at: number) => at >= from && at < to
  const nearestMs = (at: number, others: readonly number[]) =>
    (Math.min(...others.map((other) => Math.abs(other - at))) * 1_000) / rateHz
  const distances = marks.filter(counts).map((mark) => nearestMs(mark, found))
  return {
    marked: distances.length,
    missed: distances.filter((distance) => distance > withinMs).length,
    false: found.filter((at) => counts(at) && nearestMs(at, marks) > withinMs).length,
    errorsMs: distances.filter((distance) => distance <= withinMs).sort((a, b) => a - b),
  }
}
