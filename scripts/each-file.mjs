// each-file.mjs FILE…: a TAP test of every file, several at a time, as the tap command does it without coverage.
import { availableParallelism } from 'node:os'
import t from 'tap'

/** Half of what tests wait for is a clock. */
const AT_ONCE = 2 * availableParallelism()
const LIMIT_SEC = 400

t.jobs = AT_ONCE
t.setTimeout(0)
for (const file of process.argv.slice(2)) {
  // What measures coverage would be loaded into each process of a test, and those that it starts: a fifth of their work.
  const args = ['-u', 'NODE_OPTIONS', process.execPath, file]
  const env = { ...process.env, TAP_TIMEOUT: String(LIMIT_SEC) }
  t.spawn('env', args, { name: file, buffered: true, timeout: LIMIT_SEC * 1_000, env })
}
