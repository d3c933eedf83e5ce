import { fileURLToPath } from 'node:url'
import type { Test } from 'tap'
import { outcomeOf } from './process.ts'

const MOVED_CLOCK = fileURLToPath(new URL('./moved-clock.mjs', import.meta.url))

/** Environment of a program whose clock is off. */
export const movedClock = (byMs: number) => ({
  NODE_OPTIONS: `--import=${MOVED_CLOCK}`,
  MOVED_CLOCK_MS: String(byMs),
})

export interface FailedStart {
  readonly program: string
  readonly args: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** What the line says. */
  readonly says: RegExp
  /** Fields that are named in lines of their own below it. */
  readonly fields?: readonly string[]
}

/** That a program ends at once, not with 0, having said why in one line; what it logged besides is JSON. */
export async function endsInOneLine(t: Test, name: string, start: FailedStart): Promise<void> {
  const { program, args, env = {}, says, fields = [] } = start
  const { code, stderr } = await outcomeOf(program, args, { env, limitMs: 60_000 })
  t.ok(typeof code === 'number' && code > 0, `${name}: it ends with ${code}`)
  const lines = stderr
    .trim()
    .split('\n')
    .filter((line) => !line.startsWith('{'))
  t.match(lines[0], says, `${name}: ${lines[0]}`)
  const named = lines.slice(1).map((line) => line.trim().split(': ')[0] ?? '')
  t.same(
    named.sort(),
    [...fields].sort(),
    fields.length > 0 ? `${name}: each field is named` : `${name}: nothing more`,
  )
}
