import type { Duplex } from 'node:stream'

/** The program at the other end ended, as it says there. */
const isEnd = (line: string) => line.startsWith('! ')

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

  /**
   * The first line from the `from`-th on that fits.
   *
   * @throws {Error} when none comes within `limitMs`, before the line is cut, or before it is said after "! " that
   *   none will come
   */
  find(fits: (line: string) => boolean, limitMs: number, from = 0): Promise<string> {
    const said = this.#heard.slice(from)
    const found = said.find((line) => !isEnd(line) && fits(line))
    if (found !== undefined) return Promise.resolve(found)
    const { signal } = this.#closing
    return new Promise((resolve, reject) => {
      const end = (settle: () => void) => {
        clearTimeout(timer)
        listening[Symbol.dispose]()
        signal.removeEventListener('abort', onClose)
        settle()
      }
      const fail = (why: string) =>
        end(() => reject(new Error(`${why}; the last lines were:\n${this.#heard.slice(-5).join('\n')}`)))
      const timer = setTimeout(() => fail(`no such line within ${limitMs} ms`), limitMs)
      const onClose = () => fail('the line was cut')
      const onEnd = () => fail('the program at its other end is gone')
      const listening = this.onLine((line) => {
        if (isEnd(line)) onEnd()
        else if (fits(line)) end(() => resolve(line))
      })
      signal.addEventListener('abort', onClose, { once: true })
      if (signal.aborted) onClose()
      else if (said.some(isEnd)) onEnd()
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
