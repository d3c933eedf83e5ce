import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { synchronisationOf } from '@hygeia/agent/sampling/synchronised'
import t from 'tap'

t.test('systemd-timesyncd is believed by its file', async (t) => {
  const timesyncdFile = join(t.testdir(), 'synchronized')
  const isSynchronised = synchronisationOf('timesyncd', { timesyncdFile })
  t.equal(await isSynchronised(), false)
  await writeFile(timesyncdFile, '')
  t.equal(await isSynchronised(), true)
})

t.test('a simulation assumes', async (t) => {
  t.equal(await synchronisationOf('assume')(), true)
})

t.test('timedatectl answers, or is not there and means no', async (t) => {
  t.type(await synchronisationOf('timedatectl')(), 'boolean')
  const path = process.env['PATH']
  t.teardown(() => {
    process.env['PATH'] = path
  })
  process.env['PATH'] = t.testdir()
  t.equal(await synchronisationOf('timedatectl')(), false)
  // Says what systemd says once it is so.
  await writeFile(join(process.env['PATH'], 'timedatectl'), '#!/bin/sh\necho yes\n', { mode: 0o755 })
  t.equal(await synchronisationOf('timedatectl')(), true)
})
