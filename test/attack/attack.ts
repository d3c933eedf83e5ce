import type { Stage } from './stage.ts'

/** Rows of the table of what is refused. */
export const ROWS = [
  'impersonation',
  'forgery, tampering, malleability',
  'replay, reordering, omission, forks',
  'man in the middle',
  'flood',
  'revoked or expired physician; isolated proxy',
  'substituted label or physician key',
  'curious hospital',
] as const
export type Row = (typeof ROWS)[number]

/** Told how far an attack has come, from 0 to 1, and in a word or two. */
export type Tell = (share: number, note: string) => void

/** One thing that an attacker tries. */
export interface Attack {
  readonly row: Row
  /** What the attacker does. */
  readonly does: string
  /** Whether SECURITY.md says that nothing protects from it: `run` then shows how far it reaches, and no farther. */
  readonly isStated?: true
  /**
   * @returns what answered: the code, or the way in which it was refused
   * @throws {GotThrough} when it was not
   */
  run(stage: Stage, tell: Tell): Promise<string>
}

/** The attack succeeded. */
export class GotThrough extends Error {
  constructor(how: string, options?: ErrorOptions) {
    super(how, options)
    this.name = 'GotThrough'
  }
}

/** @throws {GotThrough} unless `isHeld` */
export function held(isHeld: boolean, otherwise: string): asserts isHeld {
  if (!isHeld) throw new GotThrough(otherwise)
}

/**
 * Do what must be refused.
 *
 * @param codes - of which one has to be the reason
 * @returns that code
 * @throws {GotThrough} when it succeeds, or fails for another reason
 */
export async function refusedAs(
  what: string,
  work: Promise<unknown>,
  ...codes: readonly string[]
): Promise<string> {
  const cause: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason ?? new Error('refused without a reason'),
  )
  if (cause === undefined) throw new GotThrough(`${what}: it was let in`)
  const code = codeOf(cause)
  if (code !== undefined && codes.includes(code)) return code
  throw new GotThrough(`${what}: ${code ?? String(cause)} in place of ${codes.join(' or ')}`, { cause })
}

/** A hospital's own name for why, or that of whoever refused. */
function codeOf(cause: unknown): string | undefined {
  const { detail, code } = Object(cause) as { detail?: unknown; code?: unknown }
  const { problem, code: inner } = Object(detail) as { problem?: unknown; code?: unknown }
  for (const name of [problem, inner, code]) if (typeof name === 'string') return name
  return undefined
}

/** Each of several answers once, with how often it came. */
export function tallied(answers: readonly string[]): string {
  const counts = new Map<string, number>()
  for (const answer of answers) counts.set(answer, (counts.get(answer) ?? 0) + 1)
  return [...counts].map(([answer, times]) => (times === 1 ? answer : `${times} × ${answer}`)).join(', ')
}
