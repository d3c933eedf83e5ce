import { setInterval } from 'node:timers'

/** Longest that nothing is printed, ms. */
const SILENCE_MS = 5_000

/** How far something is, for whoever waits. */
export type Tell = (how: string) => void

/**
 * Do one step of a measurement; say that it began, how far it is every few seconds, and how long it took.
 *
 * @param work - may tell how far it is, as often as it likes
 */
export async function step<T>(label: string, work: (tell: Tell) => Promise<T>): Promise<T> {
  const began = performance.now()
  const seconds = () => `${((performance.now() - began) / 1_000).toFixed(0)} s`
  let how = ''
  console.log(`  … ${label}`)
  const timer = setInterval(
    () => console.log(`    ${label}: ${seconds()}${how === '' ? '' : `, ${how}`}`),
    SILENCE_MS,
  )
  try {
    const result = await work((told) => {
      how = told
    })
    console.log(`  ✓ ${label} (${seconds()})`)
    return result
  } finally {
    clearInterval(timer)
  }
}
