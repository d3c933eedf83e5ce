const isTerminal = process.stdout.isTTY === true
const paint = (code: string) => (text: string) => (isTerminal ? `\u001b[${code}m${text}\u001b[0m` : text)
export const bold = paint('1')
export const dim = paint('2')
export const green = paint('32')

const BAR_WIDTH = 32
/** Left to the note beside a bar, columns. */
const NOTE_WIDTH = 34
/** Without these, a line that is too long for the terminal would stay behind when it is drawn anew. */
const [NO_WRAP, WRAP] = ['\u001b[?7l', '\u001b[?7h']
/** With a terminal, the seconds of what is being done are counted before one's eyes. */
const TICK_MS = 1_000
/** Without a terminal, a line every so many percent instead of a bar that moves. */
const PLAIN_STEP = 0.1

/** The last line of the terminal while something is being done. */
class LiveLine {
  readonly #started = performance.now()
  readonly #ticking: NodeJS.Timeout | undefined
  #text = ''

  constructor() {
    if (isTerminal) this.#ticking = setInterval(() => this.#draw(), TICK_MS).unref()
  }

  get elapsed(): string {
    return dim(`(${seconds(performance.now() - this.#started)})`)
  }

  show(text: string): void {
    this.#text = text
    if (isTerminal) this.#draw()
  }

  /** Print a line for good; the live one moves below it. */
  say(text: string): void {
    this.#clear()
    console.log(text)
    if (isTerminal && this.#text !== '') this.#draw()
  }

  end(text: string): void {
    clearInterval(this.#ticking)
    this.#clear()
    console.log(text)
  }

  #draw(): void {
    const whole = Math.floor((performance.now() - this.#started) / 1_000)
    const counted = whole > 0 ? dim(`  ${whole} s`) : ''
    process.stdout.write(`\r\u001b[2K${NO_WRAP}  ${this.#text}${counted}${WRAP}`)
  }

  #clear(): void {
    if (isTerminal) process.stdout.write('\r\u001b[2K')
  }
}

/** A bar for something that is counted; call `update` as often as you like. */
export class Progress {
  readonly #label: string
  readonly #line = new LiveLine()
  #shown = -1

  constructor(label: string) {
    this.#label = label
    this.#line.show(`… ${label}`)
  }

  /** @param share - 0 to 1 */
  update(share: number, note: string): void {
    const bounded = Math.min(Math.max(share, 0), 1)
    if (isTerminal) {
      const room = process.stdout.columns - this.#label.length - NOTE_WIDTH
      const width = Math.min(Math.max(room, 0), BAR_WIDTH)
      const full = Math.round(bounded * width)
      const bar = `${'█'.repeat(full)}${'░'.repeat(width - full)}`
      this.#line.show(`${this.#label} ${bar} ${percent(bounded)}  ${dim(note)}`)
    } else if (bounded - this.#shown >= PLAIN_STEP) {
      this.#shown = bounded
      console.log(`  ${this.#label} ${percent(bounded)}  ${note}`)
    }
  }

  /** Something that happened meanwhile. */
  say(event: string): void {
    this.#line.say(`  ${event}`)
  }

  end(note: string): void {
    this.#line.end(`  ${green('✓')} ${this.#label}: ${note} ${this.#line.elapsed}`)
  }

  fail(note: string): void {
    if (isTerminal) process.stdout.write('\r\u001b[2K')
    console.log(`  ✗ ${this.#label}: ${note}`)
  }
}

/** Do one step, and say that it was done and how long it took. */
export async function step<T>(
  label: string,
  work: () => Promise<T>,
  note?: (result: T) => string,
): Promise<T> {
  const line = new LiveLine()
  line.show(`… ${label}`)
  try {
    const result = await work()
    const told = note === undefined ? '' : `: ${note(result)}`
    line.end(`  ${green('✓')} ${label}${told} ${line.elapsed}`)
    return result
  } catch (cause) {
    line.end(`  ✗ ${label}`)
    throw cause
  }
}

/** Rows under a header; the first column is text, the others are numbers and stand right. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = header.map((cell, column) =>
    Math.max(cell.length, ...rows.map((row) => (row[column] ?? '').length)),
  )
  const line = (cells: readonly string[]) =>
    `  ${cells.map((cell, column) => pad(cell, widths[column] ?? 0, column > 0)).join('   ')}`.trimEnd()
  return [
    bold(line(header)),
    dim(`  ${widths.map((width) => '─'.repeat(width)).join('───')}`),
    ...rows.map(line),
  ].join('\n')
}

function pad(text: string, width: number, isRight: boolean): string {
  return isRight ? text.padStart(width) : text.padEnd(width)
}

export const seconds = (ms: number) => `${(ms / 1_000).toFixed(1)} s`
export const percent = (share: number) => `${String(Math.round(share * 100)).padStart(3)} %`
export const count = (value: number) => value.toLocaleString('en-GB')
export const kilobytes = (bytes: number) => `${(bytes / 1_024).toFixed(1)} KiB`
