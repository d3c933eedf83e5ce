import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import { HostError, usage } from './errors.ts'
import type { Host } from './host.ts'

/** What a command says and asks: results on stdout, everything else on stderr. */
export class Terminal {
  readonly isJson: boolean
  readonly #host: Host
  readonly #isQuiet: boolean
  #lineLength = 0

  /** @param isJson - results as JSON lines, no progress and no questions */
  constructor({ isJson }: { isJson: boolean }, host: Host) {
    this.#host = host
    this.isJson = isJson
    this.#isQuiet = isJson || host.stderr.isTTY !== true
  }

  /** One result: lines for people, one JSON line for machines. */
  result(object: object, lines: readonly string[]): void {
    this.write(this.isJson ? `${toJson(object)}\n` : lines.map((line) => `${line}\n`).join(''))
  }

  write(text: string): void {
    this.#clear()
    this.#host.stdout.write(text)
  }

  /** A remark for people. */
  say(text: string): void {
    if (this.isJson) return
    this.#clear()
    this.#host.stderr.write(`${text}\n`)
  }

  /** The run ends with this status, though not with an error. */
  endWith(exitCode: number): void {
    this.#host.exitCode = exitCode
  }

  /** A remark that must not be missed, by machines neither. */
  warn(text: string): void {
    this.#clear()
    this.#host.stderr.write(`hygeia: ${text}\n`)
  }

  /** The state of something that takes long; replaces the one before. */
  progress(text: string): void {
    if (this.#isQuiet) return
    this.#host.stderr.write(`\r${text.padEnd(this.#lineLength)}`)
    this.#lineLength = text.length
  }

  /** Run `work` and show that it is under way. */
  async during<T>(what: string, work: () => Promise<T>): Promise<T> {
    const started = Date.now()
    const timer = setInterval(
      () => this.progress(`${what} … ${Math.round((Date.now() - started) / 1_000)} s`),
      500,
    )
    try {
      return await work()
    } finally {
      clearInterval(timer)
      this.#clear()
    }
  }

  /** @throws {HostError} `USAGE` where nobody can answer */
  async confirm(question: string): Promise<boolean> {
    if (!this.#canAsk) throw usage(`nobody is here to answer “${question}”: add --yes when it is answered`)
    return /^y(es)?$/i.test(await this.#ask(`${question} [y/N] `, false))
  }

  /** Read without showing what is typed. @throws {HostError} `USAGE` where nobody can answer */
  async secret(question: string, instead: string): Promise<string> {
    if (!this.#canAsk) throw usage(`nobody is here to type it: add ${instead}`)
    return this.#ask(question, true)
  }

  get #canAsk(): boolean {
    return this.#host.stdin.isTTY === true && !this.isJson
  }

  async #ask(question: string, isSecret: boolean): Promise<string> {
    this.#clear()
    const { stdin, stderr } = this.#host
    const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })
    const stopped = new AbortController()
    // First, because it is this that keeps the terminal from showing what is typed.
    const reader = createInterface({ input: stdin, output: isSecret ? nowhere : stderr, terminal: true })
    reader.once('SIGINT', () => stopped.abort())
    reader.once('close', () => stopped.abort())
    stderr.write(question)
    try {
      return (await reader.question('', { signal: stopped.signal })).trim()
    } catch (cause) {
      throw new HostError('stopped: nothing was changed', { code: 'USAGE' }, { cause })
    } finally {
      reader.close()
      if (isSecret) stderr.write('\n')
    }
  }

  #clear(): void {
    if (this.#lineLength === 0) return
    this.#host.stderr.write(`\r${' '.repeat(this.#lineLength)}\r`)
    this.#lineLength = 0
  }
}

function toJson(object: object): string {
  return JSON.stringify(object, (_key, value: unknown) =>
    typeof value === 'bigint' ? value.toString() : value,
  )
}
