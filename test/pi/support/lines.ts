import type { Duplex } from 'node:stream'

/** Lines of text that come and go on a serial line. */
export class Lines {
  readonly #stream: Duplex
  readonly #heard: string[] = []
  readonly #listeners = new Set<(line: string) => void>()
  readonly #closing = new AbortController()

  constructor(stream: Duplex) {
    this.#stream = stream
    let rest = ''
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      const lines = (rest + chunk).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) this.#hear(line.replace(/\r$/, ''))
    })
    // The machine at the other end was cut off.
    stream.on('error', () => {})
  }

  /** Everything heard so far. */
  get heard(): readonly string[] {
    return this.#heard
  }

  say(line: string): void {
    if (this.#stream.writable) this.#stream.write(`${line}\n`)
  }

  onLine(listener: (line: string) => void): Disposable {
    this.#listeners.add(listener)
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) }
  }

  /** The first line from the `from`-th on that fits. @throws {Error} when none comes within `limitMs`, or before the end */
  find(fits: (line: string) => boolean, limitMs: number, from = 0): Promise<string> {
    const found = this.#heard.slice(from).find(fits)
    if (found !== undefined) return Promise.resolve(found)
    const { signal } = this.#closing
    return new Promise((resolve, reject) => {
      const end = (settle: () => void) => {
        clearTimeout(timer)
        listening[Symbol.dispose]()
        signal.removeEventListener('abort', onClose)
        settle()
      }
      const last = () => this.#heard.slice(-5).join('\n')
      const timer = setTimeout(
        () => end(() => reject(new Error(`no such line within ${limitMs} ms; the last were:\n${last()}`))),
        limitMs,
      )
      const onClose = () => end(() => reject(new Error(`the line was cut; the last were:\n${last()}`)))
      const listening = this.onLine((line) => {
        if (fits(line)) end(() => resolve(line))
      })
      signal.addEventListener('abort', onClose, { once: true })
      if (signal.aborted) onClose()
    })
  }

  close(): void {
    this.#closing.abort()
    this.#listeners.clear()
    this.#stream.destroy()
  }

  #hear(line: string): void {
    this.#heard.push(line)
    for (const listener of [...this.#listeners]) listener(line)
  }
}
