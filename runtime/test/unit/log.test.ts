import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'

const PROGRAM = `
import { createLog } from ${JSON.stringify(new URL('../../src/log.ts', import.meta.url).href)}
const log = createLog('program', 'info')
for (const line of [1, 2, 3]) {
  log.info({ line }, 'said')
  await new Promise((resolve) => setTimeout(resolve, 10))
}
console.log('went on')
`

/** @param stderr - file that takes it */
async function run(stderr: string): Promise<{ readonly code: number | null; readonly said: string }> {
  const file = openSync(stderr, 'w')
  const args = ['--input-type=module-typescript', '--eval', PROGRAM]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', file] })
  closeSync(file)
  let said = ''
  child.stdout?.setEncoding('utf8').on('data', (text) => {
    said += text
  })
  const [code] = await once(child, 'close')
  return { code, said }
}

t.test('a program outlives that its log cannot be written', async (t) => {
  t.same(await run('/dev/full'), { code: 0, said: 'went on\n' })
})

t.test('and writes a line each into a file', async (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'hygeia-log-'))
  t.teardown(() => rmSync(dir, { recursive: true }))
  t.match(await run(join(dir, 'log')), { code: 0 })
  const lines = readFileSync(join(dir, 'log'), 'utf8').trimEnd().split('\n')
  t.match(
    lines.map((line) => JSON.parse(line)),
    [1, 2, 3].map((line) => ({ level: 30, name: 'program', line, msg: 'said' })),
  )
})
