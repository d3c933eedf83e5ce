import { spawnSync } from 'node:child_process'
import { copyFile, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'

/** Of 10; systemd's own judgement of what a service could still do if it were taken over. */
const LIMIT = 1.5
const UNITS = ['hygeia-agent.service', 'hygeia-daemon.service', 'hygeia-coap-dtls.service']
const hasTool = spawnSync('systemd-analyze', ['--version']).status === 0

for (const unit of UNITS) {
  t.test(
    `${unit} leaves little to who takes it over`,
    { skip: !hasTool && 'no systemd-analyze' },
    async (t) => {
      const folder = await mkdtemp(join(tmpdir(), 'hygeia-unit-'))
      t.teardown(() => rm(folder, { recursive: true }))
      const file = join(folder, unit)
      await copyFile(fileURLToPath(new URL(`../../systemd/${unit}`, import.meta.url)), file)
      const analysis = ['security', '--offline=true', '--no-pager', file]
      const { stdout } = spawnSync('systemd-analyze', analysis, { encoding: 'utf8' })
      const [, exposure] = /Overall exposure level for \S+: ([\d.]+)/.exec(stdout) ?? []
      t.ok(exposure !== undefined && Number(exposure) <= LIMIT, `${exposure} of at most ${LIMIT}`)
    },
  )
}
