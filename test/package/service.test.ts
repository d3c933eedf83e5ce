import { copyFile, mkdtemp, readFile, readlink, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import type { Address } from '@hygeia/protocol/ids'
import { encodeLabelKeys } from '@hygeia/protocol/label-keys/label-keys'
import { type Enrolment, formatEnrolment } from '@hygeia/protocol/pairing/enrolment'
import { mailboxOf } from '@hygeia/protocol/pairing/offer'
import type { UnixMs } from '@hygeia/protocol/units'
import t from 'tap'
import { SENSORS } from '../../agent/test/support/bedside.ts'
import { REALM } from '../../agent/test/support/realm.ts'
import { makeSetting, type Setting } from '../../agent/test/support/setting.ts'
import { BootedRoot, whyNoBoot } from '../support/booted-root.ts'
import { buildDeb, NOT_ASKED } from '../support/builds.ts'
import { DebianRoot } from '../support/debian-root.ts'
import { until } from '../support/until.ts'

const SLOW_MS = 120_000
const UNIT = 'hygeia-agent.service'
const skip = NOT_ASKED ?? whyNoBoot() ?? false

t.setTimeout(1_800_000)

t.test('the unit that is shipped runs, pairs, samples, is killed, and is upgraded', { skip }, async (t) => {
  const setting = await makeSetting(t)
  const folder = await mkdtemp(join(tmpdir(), 'hygeia-service-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  const root = await DebianRoot.make(join(folder, 'root'))
  const debs = []
  for (const version of ['0.1.0', '0.2.0']) {
    const deb = await buildDeb(folder, version)
    await copyFile(deb, root.at(basename(deb)))
    debs.push(`/${basename(deb)}`)
  }
  t.equal((await root.run('dpkg', '--install', debs[0] ?? '')).code, 0)
  // What a container has of chips and clocks is none.
  const config = {
    stateDir: '/var/lib/hygeia-agent',
    sensors: SENSORS,
    simulation: { source: { kind: 'noise' } },
  }
  const status = { file: '/run/hygeia-agent/status.json' }
  const batch = { windowMs: { vitals: 2_000 } }
  await root.run('mkdir', '-p', '/etc/hygeia')
  await writeFile(root.at('/etc/hygeia/agent.json'), JSON.stringify({ ...config, status, batch }))

  await using booted = await BootedRoot.boot(root)
  const enrolment = enrolmentOf(setting)
  await writeFile(root.at('/enrolment'), formatEnrolment(enrolment), { mode: 0o600 })
  const done = await booted.run(
    'hygeia-agent',
    'setup',
    '--yes',
    '--no-wait',
    '--enrolment-file',
    '/enrolment',
  )
  t.equal(done.code, 0)
  if (done.code !== 0) t.comment(done.output)
  const device = /0x[0-9a-f]{40}/.exec(done.output)?.[0] as Address
  const keys = encodeLabelKeys(setting.patient.labelKeys(REALM, device, { serial: 1 }))
  setting.apiState.mailboxes.set(mailboxOf(enrolment), { answer: keys })

  const receipts = async () => {
    const text = await booted.run('cat', '/run/hygeia-agent/status.json')
    return text.code === 0 ? Number(JSON.parse(text.output).delivery?.receipts.count ?? 0) : 0
  }
  const show = async (property: string) =>
    (await booted.run('systemctl', 'show', '--value', `--property=${property}`, UNIT)).output.trim()
  const told = async () =>
    t.comment((await booted.run('journalctl', '-u', UNIT, '--no-pager', '-n', '20')).output)
  await until('a receipt is in', async () => (await receipts()) > 0, SLOW_MS).catch(async (cause) => {
    await told()
    throw cause
  })
  t.equal(await show('ActiveState'), 'active')
  t.equal(await show('User'), 'hygeia-agent')
  t.equal(await show('StatusText'), '', 'no longer waiting for its patient')
  const pid = await show('MainPID')
  const rights = await readFile(root.at('/etc/credstore.encrypted/hygeia-agent.device.key'), 'utf8')
  t.notMatch(rights, /[0-9a-f]{64}/)

  t.equal((await booted.run('systemctl', 'kill', '--kill-who=main', '--signal=KILL', UNIT)).code, 0)
  const isBack = async () => {
    const now = await show('MainPID')
    return now !== '0' && now !== pid && (await show('ActiveState')) === 'active'
  }
  await until('systemd starts it again', isBack, SLOW_MS)

  const upgraded = await booted.run('dpkg', '--install', debs[1] ?? '')
  t.equal(upgraded.code, 0)
  await until(
    'the new version says that it works',
    async () => !(await has(root.at('/usr/lib/hygeia/agent/previous'))),
    SLOW_MS,
  )
  t.equal(await readlink(root.at('/usr/lib/hygeia/agent/current')), '0.2.0')
  await until('receipts come in again', async () => (await receipts()) > 0, SLOW_MS)
  const log = (await booted.run('journalctl', '-u', UNIT, '--no-pager')).output
  t.notMatch(log, formatEnrolment(enrolment).slice(8), 'the secret is in no log')

  t.equal((await booted.run('dpkg', '--remove', 'hygeia-agent')).code, 0)
  t.equal(await show('ActiveState'), 'inactive')
  t.ok(await has(root.at('/var/lib/hygeia-agent/agent.db')), 'what was not sent is still there')
})

function enrolmentOf({ patient, pinned, tls }: Setting): Enrolment {
  const { hospital, receiptKey, api } = pinned
  return {
    realm: REALM,
    patient: patient.signer.address,
    hospitals: [{ hospital, receiptKey, caHash: tls.caHash, api }],
    secret: new Uint8Array(16).fill(5),
    expires: (Date.now() + 3_600_000) as UnixMs,
  }
}

const has = (path: string) =>
  readlink(path).then(
    () => true,
    (cause: NodeJS.ErrnoException) => cause.code === 'EINVAL',
  )
