import type { Lines } from './lines.ts'

const LIMIT_MS = 120_000

/** The program that a test Pi runs for it. */
export const SHELL = 'test/pi/guest/commands.sh'

/** Runs commands in a test Pi, as root. */
export class Shell {
  readonly #pi: { readonly program: Lines }
  /** How long something may take there: to start, or to end. */
  readonly limitMs: number

  /** @param pi - one that runs {@link SHELL} */
  constructor(pi: { readonly program: Lines }, limitMs = LIMIT_MS) {
    this.#pi = pi
    this.limitMs = limitMs
  }

  /** Wait until the machine that was just switched on takes commands. */
  async ready(): Promise<void> {
    await this.#pi.program.find((line) => line === 'listening', this.limitMs)
  }

  /** @returns what it said @throws {Error} when it does not end with 0 */
  async run(command: string): Promise<string> {
    const { code, text } = await this.attempt(command)
    if (code !== 0) throw new Error(`in the test Pi, ${command} ended with ${code}:\n${text}`)
    return text
  }

  /** Run a command that may end badly, one at a time. @param limitMs - how long it may take */
  async attempt(
    command: string,
    limitMs = this.limitMs,
  ): Promise<{ readonly code: number; readonly text: string }> {
    const lines = this.#pi.program
    const from = lines.heard.length
    lines.say(command)
    const isEnd = (line: string) => /^ended \d+$/.test(line)
    const end = await lines.find(isEnd, limitMs, from)
    const said = lines.heard.slice(from)
    const text = said.slice(0, said.findIndex(isEnd)).filter((line) => line.startsWith('| '))
    return { code: Number(end.split(' ')[1]), text: text.map((line) => line.slice(2)).join('\n') }
  }

  /** Put a file there. */
  async write(path: string, text: string, mode = '0644'): Promise<void> {
    const encoded = Buffer.from(text).toString('base64')
    await this.run(
      `echo ${encoded} | base64 -d > ${path}.new && chmod ${mode} ${path}.new && mv ${path}.new ${path}`,
    )
  }
}
