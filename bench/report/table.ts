import { type Aim, type Figure, gain, meets, type Unit } from './figure.ts'

const HEAD = ['figure', 'measured', 'aim', '', 'published', 'ratio', '']

/** The figures as a table of text, columns aligned. */
export function tableOf(figures: readonly Figure[]): string {
  const rows = figures.map((figure) => {
    const { name, measured, unit, aim, published, note = '' } = figure
    const ratio = gain(figure)
    return [
      name,
      amount(measured, unit),
      aim === undefined ? '' : aimText(aim, unit),
      aim === undefined ? '' : meets(measured, aim) ? '✓' : '✗',
      published === undefined ? '' : amount(published, unit),
      ratio === undefined ? '' : `${ratio >= 10 ? Math.round(ratio) : ratio.toFixed(1)}×`,
      note,
    ]
  })
  const widths = HEAD.map((head, column) =>
    Math.max(...[HEAD, ...rows].map((row) => row[column]?.length ?? head.length)),
  )
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => {
        const width = widths[column] ?? 0
        // Numbers end where numbers end.
        return column === 1 || column === 4 || column === 5 ? cell.padStart(width) : cell.padEnd(width)
      })
      .join('  ')
      .trimEnd()
  const rule = widths.map((width) => '─'.repeat(width)).join('──')
  return [line(HEAD), rule, ...rows.map(line)].join('\n')
}

function aimText(aim: Aim, unit: Unit): string {
  if ('atMost' in aim) return `≤ ${amount(aim.atMost, unit)}`
  if ('atLeast' in aim) return `≥ ${amount(aim.atLeast, unit)}`
  return `${aim[0]} to ${amount(aim[1], unit)}`
}

/** A number with its unit, to as many digits as mean something. */
export function amount(value: number, unit: Unit): string {
  switch (unit) {
    case 's':
      return `${value.toFixed(Math.abs(value) < 1 ? 3 : 2)} s`
    case 'ms':
      return `${value.toFixed(Math.abs(value) < 10 ? 1 : 0)} ms`
    case 'B':
      return `${value.toFixed(2)} B`
    case 'kB':
      return `${value.toFixed(1)} kB`
    case 'MB':
      return `${value.toFixed(1)} MB`
    case '':
      return String(value)
    case '%':
      return `${value.toFixed(1)} %`
    case '×':
      return `${value.toFixed(2)}×`
    case '/s':
      return `${Math.round(value).toLocaleString('en')}/s`
  }
}
