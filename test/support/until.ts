import { setTimeout as delay } from 'node:timers/promises'

/**
 * Wait until `look` finds something.
 *
 * @param what - for the error when `limitMs` has passed
 * @param look - asked every 50 ms; undefined, false or a throw means not yet
 */
export async function until<T>(
  what: string,
  look: () => Promise<T | undefined | false>,
  limitMs = 60_000,
): Promise<T> {
  const deadline = performance.now() + limitMs
  let last: unknown
  while (performance.now() < deadline) {
    try {
      const found = await look()
      if (found !== undefined && found !== false) return found
    } catch (cause) {
      last = cause
    }
    await delay(50)
  }
  throw new Error(`waited ${limitMs} ms in vain until ${what}`, { cause: last })
}
