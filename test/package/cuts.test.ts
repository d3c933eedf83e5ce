import { randomInt } from 'node:crypto'
import { copyFile, mkdtemp, readFile, readlink, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import t from 'tap'
import { buildDeb, NOT_ASKED } from '../support/builds.ts'
import { DebianRoot, whyNoRoot } from '../support/debian-root.ts'

const CUTS = Number(process.env.HYGEIA_CUTS ?? 10)
const VERSIONS = ['0.1.0', '0.2.0'] as const
const TREES = '/usr/lib/hygeia/agent'

t.setTimeout(1_800_000)

t.test(
  'an agent works after a cut at any moment of its upgrade',
  { skip: NOT_ASKED ?? whyNoRoot() ?? false },
  async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'hygeia-cuts-'))
    t.teardown(() => rm(folder, { recursive: true, force: true }))
    const root = await DebianRoot.make(join(folder, 'root'))
    for (const version of VERSIONS) {
      const file = await buildDeb(folder, version)
      await copyFile(file, root.at(basename(file)))
    }
    const debOf = (version: string) =>
      `/hygeia-agent_${version}_${process.arch === 'arm64' ? 'arm64' : 'amd64'}.deb`
    const install = ['dpkg', '--force-confold', '--install']

    const succeeded = ({ code, output }: { code: number | null; output: string }, name: string) => {
      t.equal(code, 0, name)
      if (code !== 0) t.comment(output)
    }
    const first = await root.run(...install, debOf(VERSIONS[0]))
    succeeded(first, 'a first installation')
    t.same(await root.run('hygeia-agent', '--version'), { code: 0, output: '0.1.0\n' })
    const state = root.at('/var/lib/hygeia-agent')
    await writeFile(join(state, 'agent.db'), 'spool')
    await writeFile(join(state, 'device.key'), 'key')

    const began = performance.now()
    const whole = await root.run(...install, debOf(VERSIONS[1]))
    const tookMs = performance.now() - began
    succeeded(whole, 'an upgrade')
    t.same(await root.run('hygeia-agent', '--version'), { code: 0, output: '0.2.0\n' })

    // Too short to be met by chance: unpacked as a whole, the old files gone, and its scripts not run.
    t.equal((await root.run('dpkg', '--unpack', debOf(VERSIONS[0]))).code, 0)
    t.equal(await readlink(root.at(`${TREES}/current`)), 'previous')
    t.same(await root.run('hygeia-agent', '--version'), { code: 0, output: '0.2.0\n' }, 'the old one runs on')
    t.equal((await root.run('dpkg', '--configure', '--pending')).code, 0)
    t.same(await root.run('hygeia-agent', '--version'), { code: 0, output: '0.1.0\n' })
    await root.run(...install, debOf(VERSIONS[1]))

    const met: Record<string, number> = {}
    for (let cut = 0; cut < CUTS; cut++) {
      // Forth and back: the one that is replaced is always whole and in use.
      const [from, to] = cut % 2 === 0 ? [VERSIONS[1], VERSIONS[0]] : VERSIONS
      const atMs = ((cut + randomInt(1_000) / 1_000) * tookMs) / CUTS
      const dpkg = root.start(...install, debOf(to))
      const ended = new Promise((resolve) => dpkg.once('close', resolve))
      await Promise.race([delay(atMs), ended])
      dpkg.kill('SIGKILL')
      await ended

      const link = await readlink(root.at(`${TREES}/current`))
      const status = (await root.run('dpkg-query', '-W', `-f=\${Status}`, 'hygeia-agent')).output
      const moment = `${status}, ${link === 'previous' ? 'kept' : link === to ? 'new' : 'old'} version`
      met[moment] = (met[moment] ?? 0) + 1
      const name = `cut ${cut + 1} after ${Math.round(atMs)} of ${Math.round(tookMs)} ms (${moment})`

      const repaired = await root.run('/usr/lib/hygeia/hygeia-agent-versions', 'repair')
      succeeded(repaired, `${name}: repair`)
      const { code, output } = await root.run('hygeia-agent', '--version')
      t.ok(code === 0 && [`${from}\n`, `${to}\n`].includes(output), `${name}: ${output.trim()} runs`)
      const sums = await root.run('sh', '-c', `cd ${TREES}/current && sha256sum --quiet --check SHA256SUMS`)
      succeeded(sums, `${name}: it is whole`)

      const finished = await root.run(...install, debOf(to))
      succeeded(finished, `${name}: installing goes on`)
      t.same(await root.run('hygeia-agent', '--version'), { code: 0, output: `${to}\n` })
      t.equal(await readlink(root.at(`${TREES}/current`)), to, 'nothing is left of the cut')
    }
    t.comment(met)
    t.equal(await readFile(join(state, 'agent.db'), 'utf8'), 'spool', 'upgrades keep the spool')

    const purged = await root.run('dpkg', '--purge', 'hygeia-agent')
    succeeded(purged, 'purge')
    t.match(
      purged.output,
      /kept key, pairing.*\/var\/lib\/hygeia-agent/,
      'unasked, nothing is lost, and it says where it is',
    )
    t.equal(await readFile(join(state, 'device.key'), 'utf8'), 'key')

    await root.run(...install, debOf(VERSIONS[0]))
    const answer = 'echo hygeia-agent hygeia-agent/purge-data boolean true | debconf-set-selections'
    t.equal((await root.run('sh', '-c', answer)).code, 0)
    const wiped = await root.run('dpkg', '--purge', 'hygeia-agent')
    succeeded(wiped, 'purge of everything')
    await t.rejects(readFile(join(state, 'device.key')), { code: 'ENOENT' }, 'asked for, it goes')
    await t.rejects(readlink(root.at(`${TREES}/current`)), { code: 'ENOENT' })
  },
)
