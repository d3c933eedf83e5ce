import { bold, count, dim, seconds } from '../demo/terminal.ts'
import { type Attack, ROWS } from './attack.ts'
import type { Service } from './honest.ts'

/** How one attack ended, and how the honest devices fared meanwhile. */
export interface Outcome {
  readonly attack: Pick<Attack, 'row' | 'does' | 'isStated'>
  readonly answered: string
  readonly isThrough: boolean
  readonly service: Service
}

const DOES_WIDTH = 52
const ANSWER_WIDTH = 58

/** Every attack below the row that it belongs to, in lines that fit a terminal. */
export function report(quiet: Service, outcomes: readonly Outcome[]): string {
  const head = columns('what the attacker does', 'what answered', ['honest', 'lost', 'p99 MQTT', 'p99 CoAP'])
  const rows = ROWS.flatMap((row) => {
    const own = outcomes.filter(({ attack }) => attack.row === row)
    return own.length === 0 ? [] : ['', bold(`  ${row}`), ...own.map(lineOf)]
  })
  return [bold(head), columns('nothing, to compare with', '', figuresOf(quiet)), ...rows].join('\n')
}

function lineOf({ attack: { does, isStated }, answered, isThrough, service }: Outcome): string {
  const verdict = isThrough ? 'GOT THROUGH: ' : isStated ? 'not protected: ' : ''
  return columns(does, `${verdict}${answered}`, figuresOf(service))
}

function figuresOf({ sent, lost, p99Ms: { mqtt, coap } }: Service): readonly string[] {
  const shown = (ms: number | undefined) => (ms === undefined ? '–' : seconds(ms))
  return [count(sent), count(lost), shown(mqtt), shown(coap)]
}

const FIGURE_WIDTHS = [6, 4, 8, 8]

function columns(does: string, answered: string, figures: readonly string[]): string {
  const left = wrapped(does, DOES_WIDTH)
  const middle = wrapped(answered, ANSWER_WIDTH)
  const right = figures.map((figure, index) => figure.padStart(FIGURE_WIDTHS[index] ?? 0)).join('  ')
  return Array.from({ length: Math.max(left.length, middle.length, 1) }, (_, index) => {
    const [a = '', b = ''] = [left[index], middle[index]]
    const text = `    ${a.padEnd(DOES_WIDTH)}  ${b.padEnd(ANSWER_WIDTH)}`
    return index === 0 ? `${text}  ${right}` : dim(text.trimEnd())
  }).join('\n')
}

/** Lines of at most `width` characters, broken at spaces. */
function wrapped(text: string, width: number): readonly string[] {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + 1 + word.length <= width)
      lines[lines.length - 1] = `${last} ${word}`
    else lines.push(word)
  }
  return lines
}
