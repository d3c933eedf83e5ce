import { rm } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { bold, Progress, seconds, step } from '../demo/terminal.ts'
import { type Attack, GotThrough } from './attack.ts'
import { beyondBounds } from './bodies.ts'
import { collusions } from './collusion.ts'
import { curiosities } from './curious.ts'
import { floods } from './flood.ts'
import { forgedAnswers } from './forged-answers.ts'
import { forgeries } from './forgery.ts'
import { impersonations } from './impersonation.ts'
import { middles } from './middle.ts'
import { disorders } from './order.ts'
import { permissions } from './permission.ts'
import { report } from './report.ts'
import { setStage } from './stage.ts'
import { statements } from './statements.ts'
import { substitutions } from './substitution.ts'

/*
 * run.ts [WORDS…]: every attack, or those with any of WORDS in their names, on hospitals that serve honest devices all the
 * while. Ends with 1 when one got through.
 */
const ROOT = fileURLToPath(new URL('../../.build/attack', import.meta.url))
/** Undisturbed, to compare with. */
const QUIET_MS = 8_000
/** Long enough for honest batches to be sent meanwhile. */
const LEAST_MS = 1_000
const words = process.argv.slice(2)
const ATTACKS: readonly Attack[] = [
  ...impersonations,
  ...forgeries,
  ...disorders,
  ...statements,
  ...middles,
  ...forgedAnswers,
  ...beyondBounds,
  ...floods,
  ...permissions,
  ...substitutions,
  ...curiosities,
  ...collusions,
]

// Exiting takes along what was started.
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(name, () => process.exit(130))

const began = performance.now()
await rm(ROOT, { recursive: true, force: true })
const setting = new Progress('three hospitals with geth and Kubo')
const stage = await setStage(ROOT, (joined) => setting.update(joined / 4, `${joined} have joined`))
setting.end('honest devices send from here on')
const quiet = await timed(() => step('nothing is done to it, to compare with', () => delay(QUIET_MS)))
const tried = []
for (const attack of ATTACKS) {
  const name = `${attack.row}: ${attack.does}`
  if (words.length > 0 && !words.some((word) => name.includes(word))) continue
  tried.push({ attack, ...(await timed(() => attempt(attack))) })
}
await step('every receipt is there, and the physician opens everything', () => stage.ward.close())

const outcomes = tried.map(({ attack, span, result: { answered, isThrough } }) => {
  const service = stage.ward.during(...span)
  return { attack, answered, service, isThrough: isThrough || service.lost > 0 }
})
const through = outcomes.filter(({ isThrough }) => isThrough)
const stated = outcomes.filter(({ attack, isThrough }) => attack.isStated === true && !isThrough)
console.log(`\n${report(stage.ward.during(...quiet.span), outcomes)}\n`)
console.log(
  `  ${stated.length} not protected, as SECURITY.md says; ${seconds(performance.now() - began)} in all; everything lies in ${ROOT}`,
)
console.log(
  bold(`${outcomes.length - through.length - stated.length} refused, ${through.length} got through`),
)
await Promise.all(stage.hospitals.map((hospital) => hospital.kill()))
process.exit(through.length > 0 ? 1 : 0)

interface Timed<T> {
  readonly result: T
  /** Beginning and end, ms of the monotonic clock. */
  readonly span: readonly [number, number]
}

async function timed<T>(work: () => Promise<T>): Promise<Timed<T>> {
  const from = performance.now()
  const [result] = await Promise.all([work(), delay(LEAST_MS)])
  return { result, span: [from, performance.now()] }
}

async function attempt(attack: Attack): Promise<{ readonly answered: string; readonly isThrough: boolean }> {
  const bar = new Progress(attack.does)
  try {
    const answered = await attack.run(stage, (share, note) => bar.update(share, note))
    bar.end(answered)
    return { answered, isThrough: false }
  } catch (cause) {
    const answered = cause instanceof GotThrough ? cause.message : `it could not be tried: ${String(cause)}`
    bar.fail(answered)
    return { answered, isThrough: true }
  }
}
