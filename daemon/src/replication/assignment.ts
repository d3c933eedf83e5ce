import { createHash } from 'node:crypto'
import { type Address, fromHex, type Hex32 } from '@hygeia/protocol/ids'

/** How many hospitals are to hold each batch, the one that anchored it included. */
export type Factor = 'all' | number

/**
 * Who is to hold what is under `root`: the hospital that anchored it, and as many others as make up the factor, drawn
 * by rendezvous hashing. Every hospital comes to the same answer without asking, and when one leaves, only what that
 * one was to hold moves to another.
 *
 * @param active - operators of the active hospitals, in any order; one that anchored and is suspended since is not
 *   counted on
 * @returns the operators, the most fitting first
 */
export function holdersOf(
  root: Hex32,
  origin: Address,
  active: readonly Address[],
  factor: Factor,
): readonly Address[] {
  const others = active
    .filter((operator) => operator !== origin)
    .map((operator) => ({ operator, weight: weightOf(root, operator) }))
    .sort((a, b) => (a.weight < b.weight ? -1 : 1))
    .map(({ operator }) => operator)
  const ordered = active.includes(origin) ? [origin, ...others] : others
  return factor === 'all' ? ordered : ordered.slice(0, factor)
}

function weightOf(root: Hex32, operator: Address): string {
  return createHash('sha256').update(fromHex(root)).update(fromHex(operator)).digest('hex')
}
