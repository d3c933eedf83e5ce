import type { UnixMs } from '@hygeia/protocol/units'

/** What time it is, and waiting until later: handed to everything here that must know the time. */
export interface Clock {
  now(): UnixMs
  /** Resolves after `ms`; rejects with the signal's reason. */
  sleep(ms: number, signal: AbortSignal): Promise<void>
}

/** The clock of whatever runs this, browser or Node. */
export const hostClock: Clock = {
  now: () => Date.now() as UnixMs,
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason)
      const stop = () => {
        clearTimeout(timer)
        reject(signal.reason)
      }
      const timer = setTimeout(() => {
        signal.removeEventListener('abort', stop)
        resolve()
      }, ms)
      signal.addEventListener('abort', stop, { once: true })
    }),
}
