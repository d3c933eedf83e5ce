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
  const { PATH } = process.env
  t.teardown(() => {
    process.env.PATH = PATH
  })
  const folder = t.testdir()
  process.env.PATH = folder
  t.equal(await synchronisationOf('timedatectl')(), false)
  // Says what systemd says once it is so.
  await writeFile(join(folder, 'timedatectl'), '#!/bin/sh\necho yes\n', { mode: 0o755 })
  t.equal(await synchronisationOf('timedatectl')(), true)
})
