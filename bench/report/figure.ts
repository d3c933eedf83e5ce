/** What a figure should be, in its own unit. */
export type Aim = { readonly atMost: number } | { readonly atLeast: number } | readonly [number, number]

/** `s`, `B` and `%` are better when small, `/s` when large; kB are of 1,000 and MB of 2^20 bytes, an empty one counts. */
export type Unit = 's' | 'ms' | 'B' | 'kB' | 'MB' | '%' | '/s' | '×' | ''

/** One line of the table. */
export interface Figure {
  readonly name: string
  readonly measured: number
  readonly unit: Unit
  readonly aim?: Aim
  /** The published figure, in the same unit. */
  readonly published?: number
  /** What it was measured on, or where the time goes. */
  readonly note?: string
}

/** What one program found: lines for the table, and what else there is to say. */
export interface Finding {
  readonly figures: readonly Figure[]
  readonly remarks?: readonly string[]
}

export function meets(measured: number, aim: Aim): boolean {
  if ('atMost' in aim) return measured <= aim.atMost
  if ('atLeast' in aim) return measured >= aim.atLeast
  return measured >= aim[0] && measured <= aim[1]
}

/** How many times better than the published figure; undefined without one. */
export function gain({ measured, unit, published }: Figure): number | undefined {
  if (published === undefined) return undefined
  return unit === '/s' ? measured / published : published / measured
}
