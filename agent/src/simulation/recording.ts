import { readFile } from 'node:fs/promises'
import { MINUTE_MS, type MonotonicMs, SECOND_MS } from '@hygeia/protocol/units'
import { SimulationError } from './errors.ts'
import type { Signal } from './signal.ts'

/** Columns that hold the time of a row, and their unit in ms. */
const TIME_COLUMNS: Readonly<Record<string, number>> = { minute: MINUTE_MS, second: SECOND_MS, ms: 1 }

interface Row {
  readonly elapsedMs: number
  readonly values: readonly (number | undefined)[]
}

/** Recorded values over time: the value at an instant is that of the last row that began by then. */
export class Recording {
  readonly columns: readonly string[]
  /** From the first row to the end of the last, which lasts as long as the one before it. */
  readonly durationMs: number
  readonly #rows: readonly Row[]

  private constructor(columns: readonly string[], rows: readonly Row[]) {
    this.columns = columns
    this.#rows = rows
    const [last, before] = [rows.at(-1)?.elapsedMs ?? 0, rows.at(-2)?.elapsedMs ?? 0]
    this.durationMs = last + (last - before)
  }

  /**
   * @param text - CSV: a header whose first column is `minute`, `second` or `ms`, then rows of rising times; an
   *   empty field is "no value"
   * @throws {SimulationError} `RECORDING_MALFORMED`
   */
  static parse(text: string): Recording {
    const [header = '', ...lines] = text.split(/\r?\n/)
    const [timeColumn = '', ...columns] = header.split(',')
    const unitMs = TIME_COLUMNS[timeColumn]
    if (unitMs === undefined || columns.length === 0) throw malformed(1)

    const rows: Row[] = []
    for (const [index, line] of lines.entries()) {
      if (line === '' && index === lines.length - 1) break
      const [time, ...values] = line.split(',').map(toNumber)
      const elapsedMs = (time ?? Number.NaN) * unitMs
      const isRow = elapsedMs > (rows.at(-1)?.elapsedMs ?? -1) && values.length === columns.length
      if (!isRow || values.some(Number.isNaN)) throw malformed(index + 2)
      rows.push({ elapsedMs, values })
    }
    return new Recording(columns, rows)
  }

  /** How many rows there are. */
  get length(): number {
    return this.#rows.length
  }

  /**
   * Play one column.
   *
   * @param origin - when the first row begins
   * @throws {SimulationError} `COLUMN_MISSING`
   */
  signal(column: string, origin: MonotonicMs): Signal {
    const index = this.columns.indexOf(column)
    if (index === -1) {
      const fault = { code: 'COLUMN_MISSING', column, found: this.columns } as const
      throw new SimulationError(`the recording has no column ${column}`, fault)
    }
    return (at) => this.#rowAt(at - origin)?.values[index]
  }

  #rowAt(elapsedMs: number): Row | undefined {
    if (elapsedMs >= this.durationMs) return undefined
    let [low, high] = [0, this.#rows.length]
    while (low < high) {
      const middle = (low + high) >>> 1
      const row = this.#rows[middle]
      if (row !== undefined && row.elapsedMs <= elapsedMs) low = middle + 1
      else high = middle
    }
    return this.#rows[low - 1]
  }
}

/** @throws {SimulationError} `RECORDING_MALFORMED` */
export async function readRecording(path: string | URL): Promise<Recording> {
  return Recording.parse(await readFile(path, 'utf8'))
}

/** The vital signs of a real ICU patient; `recordings/README.md` says whose. */
export const ICU_VITALS = new URL('./recordings/icu-vitals.csv', import.meta.url)

function toNumber(field: string): number | undefined {
  if (field === '') return undefined
  return /^-?\d+(\.\d+)?$/.test(field) ? Number(field) : Number.NaN
}

function malformed(line: number): SimulationError {
  return new SimulationError(`line ${line} of the recording does not parse`, {
    code: 'RECORDING_MALFORMED',
    line,
  })
}
