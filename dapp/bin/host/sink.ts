import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { rename } from 'node:fs/promises'
import { finished } from 'node:stream/promises'
import type { Terminal } from './terminal.ts'

/** Where text goes, as fast as it is taken. */
export interface Sink {
  write(text: string): Promise<void>
  end(): Promise<void>
}

/**
 * @param file - of mode 0600, there once it is whole: until then it is called `.part`; stdout without
 */
export function sinkOf(file: string | undefined, terminal: Terminal): Sink {
  if (file === undefined) {
    return { write: async (text) => terminal.write(text), end: async () => {} }
  }
  // Readings are nobody else's business.
  const stream = createWriteStream(`${file}.part`, { mode: 0o600 })
  const ended = finished(stream)
  // Awaited at the end; until then a failing disk is not an unhandled rejection.
  ended.catch(() => {})
  return {
    async write(text) {
      if (!stream.write(text)) await Promise.race([once(stream, 'drain'), ended])
    },
    async end() {
      stream.end()
      await ended
      await rename(`${file}.part`, file)
    },
  }
}
