import { chmod, copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { DAY_MS, type UnixMs } from '@hygeia/protocol/units'
import { systemClock } from '@hygeia/runtime/clock'
import { readConfig } from '@hygeia/runtime/config-file'
import t, { type Test } from 'tap'
import { DaemonConfig } from '../../../src/config/config.ts'
import { examine } from '../../../src/doctor/doctor.ts'
import { checkEngines } from '../../../src/doctor/engines.ts'
import { formatFindings } from '../../../src/doctor/finding.ts'
import { makeCertificates } from '../../../src/init/certificates.ts'
import { initHospital } from '../../../src/init/init.ts'

/** What is not well in a hospital that does not run, besides that. */
async function faultsOf(t: Test, harm: (config: DaemonConfig) => Promise<unknown>, nowMs = Date.now()) {
  const options = { hosts: ['localhost'], periodSec: 1, gasLimit: 4_700_000, epoch: 30_000 }
  const { configFile } = await initHospital({
    dir: join(await mkdtemp(join(tmpdir(), 'hygeia-doctor-')), 'hospital'),
    ...options,
  })
  t.teardown(() => rm(dirname(dirname(configFile)), { recursive: true, force: true }))
  const config = await readConfig(configFile, DaemonConfig)
  await mkdir(config.dataDir)
  await harm(config)
  const clock = { ...systemClock, now: () => nowMs as UnixMs }
  const findings = await examine(config, { clock, env: process.env })
  for (const { isWell, advice } of findings)
    t.equal(isWell, advice === undefined, 'advice goes with what is not well')
  t.match(formatFindings(findings), /^[✓✗] key relay /m)
  return findings.filter(
    ({ isWell, subject }) => !isWell && subject !== 'daemon' && subject !== 'clock synchronisation',
  )
}

t.test('nothing but the daemon is missing in a new hospital', async (t) => {
  t.same(await faultsOf(t, async () => {}), [])
})

t.test('each thing that is harmed is named, alone', async (t) => {
  const other = t.testdir()
  await makeCertificates(other, ['elsewhere.example'])
  const harms: readonly (readonly [string, string, (config: DaemonConfig) => Promise<unknown>])[] = [
    ['key relay', 'chmod 600', ({ keysDir }) => chmod(join(keysDir, 'relay.key'), 0o640)],
    ['key anchor', 'backup', ({ keysDir }) => writeFile(join(keysDir, 'anchor.key'), 'abc\n')],
    ['key storage', 'backup', ({ keysDir }) => rm(join(keysDir, 'storage.key'))],
    ['certificate', 'rotate tls', ({ keysDir }) => writeFile(join(keysDir, 'tls.pem'), 'junk\n')],
    [
      'certificate key',
      'rotate tls',
      ({ keysDir }) => copyFile(join(other, 'tls-key.pem'), join(keysDir, 'tls-key.pem')),
    ],
    [
      'certificate issuer',
      'rotate tls',
      ({ keysDir }) => copyFile(join(other, 'ca.pem'), join(keysDir, 'ca.pem')),
    ],
    ['disk', 'mount', ({ dataDir }) => rm(dataDir, { recursive: true })],
  ]
  for (const [subject, advice, harm] of harms) {
    const faults = await faultsOf(t, harm)
    t.same(
      faults.map((fault) => fault.subject),
      [subject],
    )
    t.match(faults[0]?.advice, advice)
  }
})

t.test('a certificate for another name, near its end, or past it', async (t) => {
  const elsewhere = await faultsOf(t, ({ keysDir }) => makeCertificates(keysDir, ['elsewhere.example']))
  t.same(
    elsewhere.map(({ subject }) => subject),
    ['certificate names'],
  )
  const nearEnd = await faultsOf(t, async () => {}, Date.now() + 800.5 * DAY_MS)
  t.match(nearEnd, [{ subject: 'certificate', found: /in 24 days$/ }])
  const ended = await faultsOf(t, async () => {}, Date.now() + 900 * DAY_MS)
  t.same(
    ended.map(({ subject }) => subject),
    ['certificate', 'clock'],
  )
})

t.test('an engine is looked for as the daemon looks, and has to be of a version that fits', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'hygeia-engines-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  const program = async (path: string, says: string) => {
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, `#!/bin/sh\necho "${says}"\n`, { mode: 0o755 })
    return path
  }
  const geth = { engine: 'geth' } as const
  const kubo = { node: 'kubo', swarmKeyFile: '/nowhere/swarm.key' } as const
  const bin = join(folder, 'bin')
  const env = { PATH: bin, HYGEIA_CACHE: join(folder, 'cache') }
  const look = async (chain: object, ipfs: object) => {
    const config = DaemonConfig.parse({ ...whole, chain, ipfs })
    return (await checkEngines(config, env)).map(({ subject, isWell, found }) => ({ subject, isWell, found }))
  }
  const { configFile } = await initHospital({
    dir: join(folder, 'hospital'),
    hosts: ['localhost'],
    periodSec: 1,
    gasLimit: 4_700_000,
    epoch: 30_000,
  })
  const whole = JSON.parse(await readFile(configFile, 'utf8'))

  t.same(await look({}, {}), [], 'none is needed for what is in the daemon')
  t.same(await look(geth, kubo), [
    { subject: 'engine geth', isWell: false, found: 'no geth in PATH' },
    { subject: 'engine kubo', isWell: false, found: 'no ipfs in PATH' },
  ])
  const newer = await program(join(bin, 'geth'), 'Version: 1.14.0-stable')
  const older = await program(join(folder, 'old-ipfs'), 'ipfs version 0.37.0')
  t.same(await look(geth, { ...kubo, binary: older }), [
    { subject: 'engine geth', isWell: false, found: `${newer} is 1.14.0` },
    { subject: 'engine kubo', isWell: false, found: `${older} is 0.37.0, not 0.43.0` },
  ])
  await program(join(folder, 'cache/engines/geth-1.13.15/geth'), 'Version: 1.13.15-stable')
  const silent = await program(join(bin, 'silent'), '')
  t.same(await look(geth, { ...kubo, binary: silent }), [
    { subject: 'engine geth', isWell: true, found: '1.13.15' },
    { subject: 'engine kubo', isWell: false, found: `${silent} does not run, or does not say its version` },
  ])
})
