import { setTimeout as delay } from 'node:timers/promises'

/** What `look` finds once it finds something. @throws after `limitMs` */
export async function until<T>(
  look: () => T | undefined | false | Promise<T | undefined | false>,
  limitMs = 60_000,
): Promise<T> {
  const end = performance.now() + limitMs
  for (;;) {
    const found = await look()
    if (found !== undefined && found !== false) return found
    if (performance.now() > end) throw new Error(`did not happen within ${limitMs} ms: ${look}`)
    await delay(20)
  }
}
