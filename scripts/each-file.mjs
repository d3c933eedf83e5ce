// each-file.mjs FILE…: a TAP test of every file, as the tap command does it without coverage, by the same variables.
import { availableParallelism } from 'node:os'
import t from 'tap'

const atOnce = Number(process.env.TAP_JOBS ?? availableParallelism() + 1)
const limitSec = Number(process.env.TAP_TIMEOUT ?? 400)

t.jobs = atOnce
t.setTimeout(0)
for (const file of process.argv.slice(2)) {
  // What measures coverage would be loaded into each process of a test, and those that it starts: a fifth of their work.
  const args = ['-u', 'NODE_OPTIONS', process.execPath, file]
  const env = { ...process.env, TAP_TIMEOUT: String(limitSec) }
  t.spawn('env', args, { name: file, buffered: true, timeout: limitSec * 1_000, env })
}
