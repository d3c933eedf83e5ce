import { chmod, copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { DAY_MS, type UnixMs } from '@hygeia/protocol/units'
import { systemClock } from '@hygeia/runtime/clock'
import { readConfig } from '@hygeia/runtime/config-file'
import t, { type Test } from 'tap'
import { DaemonConfig } from '../../../src/config/config.ts'
import { examine } from '../../../src/doctor/doctor.ts'
import type { EngineProgram } from '../../../src/doctor/engines.ts'
import { formatFindings } from '../../../src/doctor/finding.ts'
import { makeCertificates } from '../../../src/init/certificates.ts'
import { initHospital } from '../../../src/init/init.ts'

/** What is not well in a hospital that does not run, besides that. */
async function faultsOf(
  t: Test,
  harm: (config: DaemonConfig) => Promise<unknown>,
  { nowMs = Date.now(), programs = [] as readonly EngineProgram[] } = {},
) {
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
  const findings = await examine(config, { clock, programs })
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
  const nearEnd = await faultsOf(t, async () => {}, { nowMs: Date.now() + 800 * DAY_MS })
  t.match(nearEnd, [{ subject: 'certificate', found: /in 24 days$/ }])
  const ended = await faultsOf(t, async () => {}, { nowMs: Date.now() + 900 * DAY_MS })
  t.same(
    ended.map(({ subject }) => subject),
    ['certificate', 'clock'],
  )
})

t.test('an engine that is missing, silent or of another version', async (t) => {
  const program = (args: readonly string[], wanted: RegExp): EngineProgram => ({
    name: 'node',
    command: process.execPath,
    args,
    version: /^v(\d+\.\d+\.\d+)/m,
    fits: (version) => wanted.test(version),
    wanted: 'some',
  })
  const programs = [
    program(['--version'], /^24\./),
    program(['--version'], /^1\./),
    program(['--eval', ''], /./),
    { ...program([], /./), command: '/nowhere/engine' },
  ]
  const faults = await faultsOf(t, async () => {}, { programs })
  t.match(faults, [
    { found: `${process.versions.node} does not fit` },
    { found: /does not say its version/ },
    { found: '/nowhere/engine does not run' },
  ])
  t.equal(faults.length, 3)
})
