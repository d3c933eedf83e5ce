import { signal } from '@preact/signals'

/** Now, ms since the Unix epoch, to the second: what shows an age is drawn again with it. */
export const now = signal(Date.now())

export function watchClock(): void {
  setInterval(() => {
    if (!document.hidden) now.value = Date.now()
  }, 1_000)
  document.addEventListener('visibilitychange', () => {
    now.value = Date.now()
  })
}
