// each-file.mjs [FILE…] [-- FILE…]: a TAP test of every file, as the tap command does it without coverage, by the same
// variables. What stands behind -- computes rather than waits: of four lanes, one takes such files first.
import { availableParallelism } from 'node:os'
import t from 'tap'

/** Lanes of which one computes. */
const SHARE = 4

const atOnce = Number(process.env.TAP_JOBS ?? availableParallelism() + 1)
const limitSec = Number(process.env.TAP_TIMEOUT ?? 400)
const files = process.argv.slice(2)
const split = files.includes('--') ? files.indexOf('--') : files.length
const waiting = files.slice(0, split)
const computing = files.slice(split + 1)

t.jobs = atOnce
t.setTimeout(0)
const lanes = Array.from({ length: atOnce }, (_, index) =>
  (index + 1) % SHARE === 0 ? lane(computing, waiting) : lane(waiting, computing),
)
await Promise.all(lanes)

async function lane(own, others) {
  for (;;) {
    const file = own.shift() ?? others.shift()
    if (file === undefined) return
    // What measures coverage would be loaded into each process of a test, and those that it starts: a fifth of their work.
    const args = ['-u', 'NODE_OPTIONS', process.execPath, file]
    const env = { ...process.env, TAP_TIMEOUT: String(limitSec) }
    await t.spawn('env', args, { name: file, buffered: true, timeout: limitSec * 1_000, env })
  }
}
