/**
 * Smallest value that at least `share` of `values` do not exceed (nearest rank).
 *
 * @param share - above 0, at most 1
 * @throws {RangeError} when there is no value
 */
export function quantile(values: readonly number[], share: number): number {
  const sorted = Float64Array.from(values).sort()
  const value = sorted[Math.ceil(share * sorted.length) - 1]
  if (value === undefined) throw new RangeError('no values')
  return value
}

export function mean(values: readonly number[]): number {
  if (values.length === 0) throw new RangeError('no values')
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

export const median = (values: readonly number[]): number => quantile(values, 0.5)
