import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import t from 'tap'

const PROGRAM = `
import { Worker } from 'node:worker_threads'
const source = 'import(' + JSON.stringify(process.argv[1]) + ').then(({ loadOnoff }) => loadOnoff()).then(({ Gpio }) => console.log(typeof Gpio))'
new Worker(source, { eval: true })
`

t.test('a process outlives a worker that used it', async (t) => {
  const onoff = fileURLToPath(new URL('../../../src/hal/onoff.ts', import.meta.url))
  // Rejects when the process ended by a signal.
  const { stdout } = await promisify(execFile)(process.execPath, [
    '--input-type=module',
    '--eval',
    PROGRAM,
    onoff,
  ])
  t.equal(stdout, 'function\n')
})
