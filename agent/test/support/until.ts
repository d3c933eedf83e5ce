import { setTimeout as delay } from 'node:timers/promises'

/** Resolves once `isSo` says so, looking every 10 ms. @throws after `limitMs`, naming `what` */
export async function until(
  what: string,
  isSo: () => boolean | Promise<boolean>,
  limitMs = 60_000,
): Promise<void> {
  const end = performance.now() + limitMs
  while (!(await isSo())) {
    if (performance.now() > end) throw new Error(`waited ${limitMs} ms in vain: ${what}`)
    await delay(10)
  }
}
