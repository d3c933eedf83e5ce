// summary.ts: prints what the fault tests have noted as a table, in the order in which they ran.
import { readFile } from 'node:fs/promises'
import { FAULTS_FILE, type FaultLine } from './fault.ts'

const WIDTHS = { done: 34, asked: 38, came: 48, seconds: 5 }
const HEAD = { done: 'done', asked: 'asked', came: 'came', seconds: 's' }
const NAMES = ['done', 'asked', 'came', 'seconds'] as const

const text = await readFile(FAULTS_FILE, 'utf8').catch(() => '')
const lines = text
  .split('\n')
  .filter((line) => line !== '')
  .map((line): FaultLine => JSON.parse(line))
const rule = NAMES.map((name) => '─'.repeat(WIDTHS[name])).join('  ')
console.log(rows(HEAD))
for (const line of lines) console.log(`${rule}\n${rows({ ...line, seconds: String(line.seconds) })}`)

function rows(cells: Readonly<Record<(typeof NAMES)[number], string>>): string {
  const columns = NAMES.map((name) => wrapped(cells[name], WIDTHS[name]))
  const height = Math.max(...columns.map(({ length }) => length))
  return Array.from({ length: height }, (_, row) =>
    NAMES.map((name, column) => (columns[column]?.[row] ?? '').padEnd(WIDTHS[name]))
      .join('  ')
      .trimEnd(),
  ).join('\n')
}

function wrapped(text: string, width: number): readonly string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(/\s+/)) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line)
      line = ''
    }
    line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, line]
}
