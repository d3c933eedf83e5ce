import { spawnSync } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createLog } from '@hygeia/runtime/log'
import { sdNotify } from '@hygeia/runtime/sd-notify'
import t from 'tap'

t.test('systemd is told through the descriptor that it named, and nobody without one', async (t) => {
  const path = join(t.testdir(), 'notify')
  const file = openSync(path, 'w')
  sdNotify('READY=1', { NOTIFY_FD: String(file) })
  sdNotify('STOPPING=1', {})
  closeSync(file)
  t.equal(readFileSync(path, 'utf8'), 'READY=1')
})

t.test('a program logs JSON lines on stderr, above its level', async (t) => {
  t.equal(createLog('test', 'silent').level, 'silent')
  const program = `
    import { createLog } from '@hygeia/runtime/log'
    const log = createLog('agent', 'info').child({ part: 'spool' })
    log.debug('no')
    log.warn({ bytes: 7 }, 'nearly full')`
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
    cwd: import.meta.dirname,
    encoding: 'utf8',
  })
  t.equal(stdout, '')
  const line = JSON.parse(stderr)
  t.match(line, { level: 40, name: 'agent', part: 'spool', bytes: 7, msg: 'nearly full' })
  t.match(line.time, /^\d{4}-\d{2}-\d{2}T.*Z$/)
})
