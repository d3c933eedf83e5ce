import { HospitalError } from './errors.ts'

/**
 * Ask a hospital, and wait no longer than so: one that is frozen takes connections and never answers.
 *
 * @param work - handed a signal that aborts when the time is over
 * @throws {HospitalError} `SILENT`
 */
export async function within<T>(
  limitMs: number,
  base: string,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const late = new AbortController()
  const { promise, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => {
    const error = new HospitalError(`${base} did not answer within ${limitMs / 1_000} s`, {
      code: 'SILENT',
      base,
      limitMs,
    })
    reject(error)
    late.abort(error)
  }, limitMs)
  try {
    return await Promise.race([work(late.signal), promise])
  } finally {
    clearTimeout(timer)
  }
}
