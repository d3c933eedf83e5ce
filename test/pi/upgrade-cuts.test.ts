import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { MINUTE_MS, type UnixMs } from '@hygeia/protocol/units'
import t from 'tap'
import { arrivedUntil } from '../support/arrivals.ts'
import { buildDeb } from '../support/builds.ts'
import { openReadings } from '../support/opened.ts'
import { grantSpan, openScene } from '../support/scene.ts'
import { BedsidePi } from './support/bedside-pi.ts'
import { CHECKOUT } from './support/built.ts'
import { CountedChips, countReadings, MFIO_LINE, RESET_LINE } from './support/counted-chips.ts'
import { SHELL } from './support/shell.ts'
import { TapNetwork } from './support/tap-network.ts'
import { TestPi } from './support/test-pi.ts'

/** Of power, while the package is upgraded. */
const CUTS = Number(process.env.HYGEIA_CUTS ?? 3)
const VERSIONS = ['0.1.98', '0.1.99'] as const
const INSTALL_LIMIT_MS = 300_000

t.setTimeout((3 * CUTS + 15) * MINUTE_MS)

t.test('power that goes during an upgrade leaves a bedside that works', async (t) => {
  // Where the machine sees it.
  await mkdir(join(CHECKOUT, '.build'), { recursive: true })
  const folder = await mkdtemp(join(CHECKOUT, '.build/upgrade-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  const debs = new Map<string, string>()
  for (const version of VERSIONS) debs.set(version, await buildDeb(folder, version))
  const installing = (version: string) =>
    `DEBIAN_FRONTEND=noninteractive dpkg --force-confold --install ${debs.get(version)?.replace(CHECKOUT, '/opt/hygeia')}`

  const network = await TapNetwork.make()
  t.teardown(() => network.close())
  const scene = await openScene(t, undefined, network.address)
  const { patient, physician } = scene
  const chips = new CountedChips()
  const { bus, gpio } = chips
  const pi = await TestPi.make({ bus, gpio, outputs: [MFIO_LINE, RESET_LINE], program: SHELL, network })
  t.teardown(() => pi.close())

  const from = Date.now() as UnixMs
  await pi.powerOn()
  const config = {
    sensors: CountedChips.sensors(1_000),
    sampling: { synchronisation: 'assume' as const },
    batch: { windowMs: { vitals: 3_000 } },
    uplink: { kind: 'mqtt' as const, retryLimitMs: 1_000 },
  }
  const bedside = await BedsidePi.install(pi, config, debs.get(VERSIONS[0]))
  await bedside.pair(patient)
  await bedside.shell.run('systemctl enable hygeia-agent && systemctl restart hygeia-agent')
  const works = () =>
    bedside.until(
      'both chips are read',
      ({ state, sampling }) =>
        state === 'running' &&
        (sampling?.samples.pulse ?? 0) > 2 &&
        (sampling?.samples['skin-temperature'] ?? 0) > 2,
    )
  await works()
  const began = performance.now()
  const whole = await bedside.shell.attempt(installing(VERSIONS[1]), INSTALL_LIMIT_MS)
  const tookMs = performance.now() - began
  t.equal(whole.code, 0, `an upgrade, in ${Math.round(tookMs)} ms: ${whole.text.slice(-200)}`)
  t.equal(await bedside.shell.run('hygeia-agent --version'), VERSIONS[1])
  await works()

  for (let cut = 0; cut < CUTS; cut++) {
    // Forth and back; each goes on from whatever the cut before left.
    const to = VERSIONS[cut % 2] ?? VERSIONS[0]
    const atMs = ((cut + Math.random()) * tookMs) / CUTS
    const upgrading = bedside.shell.attempt(installing(to), INSTALL_LIMIT_MS).catch(() => undefined)
    await Promise.race([delay(atMs), upgrading])
    await pi.powerCut()
    await upgrading
    await pi.powerOn()
    await bedside.shell.ready()
    await works()
    const { text } = await bedside.shell.attempt('hygeia-agent --version')
    const status = await bedside.shell.run(`dpkg-query --show --showformat='\${Status}\\n' hygeia-agent`)
    const name = `cut ${cut + 1} of ${CUTS}, ${Math.round(atMs)} of ${Math.round(tookMs)} ms into it (${status})`
    t.ok((VERSIONS as readonly string[]).includes(text), `${name}: ${text} measures`)
    t.equal(await bedside.property('NRestarts'), '0', 'at its first start')
  }

  const last = VERSIONS[CUTS % 2] ?? VERSIONS[0]
  const finished = await bedside.shell.attempt(installing(last), INSTALL_LIMIT_MS)
  t.equal(finished.code, 0, `installing it in peace goes on: ${finished.text.slice(-200)}`)
  t.equal(await bedside.shell.run('hygeia-agent --version'), last)
  t.equal(
    await bedside.shell.run('readlink /usr/lib/hygeia/agent/current'),
    last,
    'nothing is left of the cuts',
  )
  await works()
  const reachedAt = Date.now() as UnixMs
  await arrivedUntil(patient, bedside, { from: reachedAt, to: (reachedAt + 10 * MINUTE_MS) as UnixMs })
  const span = { from: (from - MINUTE_MS) as UnixMs, to: (Date.now() + MINUTE_MS) as UnixMs }
  const opened = await openReadings(physician, await grantSpan(scene, span), span)
  const count = countReadings(chips.handedOut, opened, bedside.address)
  t.same(opened.faults, [], 'every batch opens')
  t.same(opened.doubled, [], 'no reading came twice')
  t.same(count.invented, [], 'nothing came that no chip has said')
  t.ok(count.arrived > 0, `${count.arrived} readings of before, between and after arrived`)
  const incarnations = new Set(opened.sequences.map((one) => one.split(' ')[1]))
  t.equal(incarnations.size, 1, 'spool and key stayed')
})
