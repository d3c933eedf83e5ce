const isTerminal = process.stdout.isTTY === true
const paint = (code: string) => (text: string) => (isTerminal ? `\u001b[${code}m${text}\u001b[0m` : text)
export const bold = paint('1')
export const dim = paint('2')
export const green = paint('32')

const BAR_WIDTH = 32
/** Without a terminal, a line every so many percent instead of a bar that moves. */
const PLAIN_STEP = 0.1

/** A bar for something that is counted; call `update` as often as you like. */
export class Progress {
  readonly #label: string
  readonly #started = performance.now()
  #shown = -1

  constructor(label: string) {
    this.#label = label
  }

  /** @param share - 0 to 1 */
  update(share: number, note: string): void {
    const bounded = Math.min(Math.max(share, 0), 1)
    if (isTerminal) {
      const full = Math.round(bounded * BAR_WIDTH)
      const bar = `${'█'.repeat(full)}${'░'.repeat(BAR_WIDTH - full)}`
      process.stdout.write(`\r\u001b[2K  ${this.#label} ${bar} ${percent(bounded)}  ${dim(note)}`)
    } else if (bounded - this.#shown >= PLAIN_STEP) {
      this.#shown = bounded
      console.log(`  ${this.#label} ${percent(bounded)}  ${note}`)
    }
  }

  end(note: string): void {
    if (isTerminal) process.stdout.write('\r\u001b[2K')
    console.log(
      `  ${green('✓')} ${this.#label}: ${note} ${dim(`(${seconds(performance.now() - this.#started)})`)}`,
    )
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
  const started = performance.now()
  if (isTerminal) process.stdout.write(`  … ${label}`)
  try {
    const result = await work()
    if (isTerminal) process.stdout.write('\r\u001b[2K')
    const told = note === undefined ? '' : `: ${note(result)}`
    console.log(`  ${green('✓')} ${label}${told} ${dim(`(${seconds(performance.now() - started)})`)}`)
    return result
  } catch (cause) {
    if (isTerminal) process.stdout.write('\r\u001b[2K')
    console.log(`  ✗ ${label}`)
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
