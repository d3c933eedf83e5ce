import { CHANNELS, type ChannelName, channelNamed } from '@hygeia/protocol/channel'
import { MINUTE_MS } from '@hygeia/protocol/units'
import type { OpenedBatch } from '../physician/opening.ts'
import type { ReadingsWriter } from './writer.ts'

interface Cell {
  count: number
  sum: number
  min: number
  max: number
  suspect: number
  /** By reason. */
  missing: Map<string, number>
}

/** Readings gathered into intervals, for reading by eye: mean, range, and what is missing and why. */
export class Table implements ReadingsWriter {
  readonly head = ''
  readonly #everyMs: number
  readonly #rows = new Map<number, Map<ChannelName, Cell>>()

  /** @param everyMs - length of an interval; a minute unless told */
  constructor(everyMs = MINUTE_MS) {
    this.#everyMs = everyMs
  }

  add({ batch, offsetMs }: OpenedBatch): string {
    for (const { channel, samples } of batch.columns) {
      let start = Number.NaN
      let cell: Cell | undefined
      for (const sample of samples) {
        const at = sample.at + offsetMs
        const interval = Math.floor(at / this.#everyMs) * this.#everyMs
        if (cell === undefined || interval !== start) {
          start = interval
          cell = this.#cell(interval, channel)
        }
        if (sample.value === undefined) {
          cell.missing.set(sample.missing, (cell.missing.get(sample.missing) ?? 0) + 1)
          continue
        }
        cell.count++
        cell.sum += sample.value
        if (sample.value < cell.min) cell.min = sample.value
        if (sample.value > cell.max) cell.max = sample.value
        if (sample.suspect === true) cell.suspect++
      }
    }
    return ''
  }

  /** Lines in order of time, columns in order of channel number. */
  end(): string {
    const channels = CHANNELS.filter(({ name }) => [...this.#rows.values()].some((row) => row.has(name)))
    const head = ['time (UTC)', ...channels.map(({ name, unit }) => `${name} ${unit}`)]
    const lines = [...this.#rows]
      .sort(([a], [b]) => a - b)
      .map(([at, row]) => [stamp(at), ...channels.map(({ name }) => textOf(row.get(name), name))])
    const widths = head.map((title, column) =>
      Math.max(title.length, ...lines.map((line) => line[column]?.length ?? 0)),
    )
    return [head, ...lines]
      .map((line) =>
        line
          .map((text, column) => text.padEnd(widths[column] ?? 0))
          .join('  ')
          .trimEnd(),
      )
      .map((line) => `${line}\n`)
      .join('')
  }

  #cell(interval: number, channel: ChannelName): Cell {
    const row = this.#rows.get(interval) ?? new Map<ChannelName, Cell>()
    this.#rows.set(interval, row)
    const held = row.get(channel)
    if (held !== undefined) return held
    const cell: Cell = { count: 0, sum: 0, min: Infinity, max: -Infinity, suspect: 0, missing: new Map() }
    row.set(channel, cell)
    return cell
  }
}

function stamp(at: number): string {
  return new Date(at).toISOString().slice(0, 19).replace('T', ' ')
}

function textOf(cell: Cell | undefined, channel: ChannelName): string {
  if (cell === undefined) return '·'
  const parts: string[] = []
  if (cell.count > 0) {
    const digits = channelNamed(channel).perUnit >= 100 ? 2 : channelNamed(channel).perUnit > 1 ? 1 : 0
    const show = (value: number) => value.toFixed(digits)
    const range = cell.min === cell.max ? '' : ` (${show(cell.min)}–${show(cell.max)})`
    parts.push(`${show(cell.sum / cell.count)}${range}`)
  }
  if (cell.suspect > 0) parts.push(`${cell.suspect} suspect`)
  for (const [reason, count] of cell.missing) parts.push(`${count} ${reason}`)
  return parts.join(', ')
}
