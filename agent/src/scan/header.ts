/** Physical pins of the 40-pin header by BCM number (Raspberry Pi documentation, "GPIO and the 40-pin header"). */
export const PIN_OF_GPIO: ReadonlyMap<number, number> = new Map([
  [2, 3],
  [3, 5],
  [4, 7],
  [14, 8],
  [15, 10],
  [17, 11],
  [18, 12],
  [27, 13],
  [22, 15],
  [23, 16],
  [24, 18],
  [10, 19],
  [9, 21],
  [25, 22],
  [11, 23],
  [8, 24],
  [7, 26],
  [0, 27],
  [1, 28],
  [5, 29],
  [6, 31],
  [12, 32],
  [13, 33],
  [19, 35],
  [16, 36],
  [26, 37],
  [20, 38],
  [21, 40],
])
const PINS = 40
const LABELS: ReadonlyMap<number, string> = new Map([
  ...[...PIN_OF_GPIO].map(([line, pin]) => [pin, `GPIO${line}`] as const),
  ...[1, 17].map((pin) => [pin, '3V3'] as const),
  ...[2, 4].map((pin) => [pin, '5V'] as const),
  ...[6, 9, 14, 20, 25, 30, 34, 39].map((pin) => [pin, 'GND'] as const),
])
/** Columns of text left of the pins. */
const WIDTH = 36

/**
 * The header as it is seen from above, USB sockets at the bottom: two pins a row, each with what goes to it.
 *
 * @param uses - by pin, 1 to 40
 */
export function drawHeader(uses: ReadonlyMap<number, readonly string[]>): string {
  const label = (pin: number) => LABELS.get(pin) ?? ''
  const rows: string[] = []
  for (let left = 1; left < PINS; left += 2) {
    const right = left + 1
    const [ours, theirs] = [uses.get(left) ?? [], uses.get(right) ?? []]
    const before = `${ours.join(', ')}${ours.length > 0 ? ' ── ' : ''}${label(left).padEnd(6)}`
    const after = `${label(right)}${theirs.length > 0 ? ` ── ${theirs.join(', ')}` : ''}`
    const dot = (pin: number) =>
      uses.has(pin) ? `(${String(pin).padStart(2)})` : ` ${String(pin).padStart(2)} `
    rows.push(`${before.padStart(WIDTH)} ${dot(left)} ${dot(right)} ${after}`.trimEnd())
  }
  return rows.join('\n')
}
