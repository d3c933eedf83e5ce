import { spawn } from 'node:child_process'
import { stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { readPairing } from '@hygeia/agent/hospital/pairing-record'
import { readIdentity } from '@hygeia/agent/identity/device-key'
import { initAgent } from '@hygeia/agent/init'
import {
  type PendingDeps,
  pairWhenReached,
  readPending,
  removePending,
  writePending,
} from '@hygeia/agent/pairing/pending'
import type { Address } from '@hygeia/protocol/ids'
import { encodeLabelKeys } from '@hygeia/protocol/label-keys/label-keys'
import { type Enrolment, formatEnrolment } from '@hygeia/protocol/pairing/enrolment'
import { mailboxOf } from '@hygeia/protocol/pairing/offer'
import type { UnixMs } from '@hygeia/protocol/units'
import { systemClock } from '@hygeia/runtime/clock'
import t from 'tap'
import { SENSORS, testFolder } from '../support/bedside.ts'
import { DEVICE, NEVER } from '../support/line.ts'
import { TcpProxy } from '../support/proxy.ts'
import { REALM } from '../support/realm.ts'
import { makeSetting, type Setting } from '../support/setting.ts'
import { until } from '../support/until.ts'

const AGENT = fileURLToPath(new URL('../../bin/agent.ts', import.meta.url))

/** A hospital that is there, behind a line that may not be. */
async function awayHospital(t: { teardown(work: () => unknown): unknown }, lifeMs = 600_000) {
  const setting = await makeSetting(t)
  const proxy = new TcpProxy(Number(new URL(setting.api.url).port))
  proxy.isRefusing = true
  const port = await proxy.listen()
  t.teardown(() => proxy.close())
  const { hospital, receiptKey } = setting.pinned
  const enrolment: Enrolment = {
    realm: REALM,
    patient: setting.patient.signer.address,
    hospitals: [{ hospital, receiptKey, caHash: setting.tls.caHash, api: `https://127.0.0.1:${port}` }],
    secret: new Uint8Array(16).fill(7),
    expires: (Date.now() + lifeMs) as UnixMs,
  }
  return { setting, proxy, enrolment }
}

function answer({ apiState, patient }: Setting, enrolment: Enrolment, device: Address): void {
  const keys = encodeLabelKeys(patient.labelKeys(REALM, device, { serial: 1 }))
  apiState.mailboxes.set(mailboxOf(enrolment), { answer: keys })
}

const deps = (changes: Partial<PendingDeps> = {}): PendingDeps => ({
  signer: DEVICE,
  clock: systemClock,
  onProgress: () => undefined,
  isSynchronised: async () => true,
  onWaiting: () => undefined,
  ...changes,
})

t.test('a hospital that is away is paired with when it comes', async (t) => {
  const { setting, proxy, enrolment } = await awayHospital(t)
  answer(setting, enrolment, DEVICE.address)
  const waits: string[] = []
  const onWaiting = (code: string) => {
    waits.push(code)
    proxy.isRefusing = false
  }
  const record = await pairWhenReached(enrolment, deps({ onWaiting }), NEVER)
  t.match(record, { device: DEVICE.address, labelKeys: { serial: 1 } })
  t.same(waits, ['HOSPITAL_UNREACHABLE'])
})

t.test('an enrolment that is over is over, unless the clock cannot tell', async (t) => {
  const { setting, proxy, enrolment } = await awayHospital(t, -1_000)
  proxy.isRefusing = false
  answer(setting, enrolment, DEVICE.address)
  await t.rejects(pairWhenReached(enrolment, deps(), NEVER), { code: 'ENROLMENT_EXPIRED' })
  const unsynchronised = deps({ isSynchronised: async () => false })
  t.match(await pairWhenReached(enrolment, unsynchronised, NEVER), { device: DEVICE.address })
})

t.test('told to stop, it stops waiting', async (t) => {
  const { enrolment } = await awayHospital(t)
  const abort = new AbortController()
  const onWaiting = () => abort.abort()
  await t.rejects(pairWhenReached(enrolment, deps({ onWaiting }), abort.signal), { name: 'AbortError' })
})

t.test('what set-up left is read back, and only its owner can', async (t) => {
  const path = join(await testFolder(t), 'enrolment')
  t.equal(await readPending(path), undefined)
  const { enrolment } = await awayHospital(t)
  await writePending(path, enrolment)
  t.equal((await stat(path)).mode & 0o777, 0o600)
  t.same(formatEnrolment((await readPending(path)) ?? enrolment), formatEnrolment(enrolment))
  await removePending(path)
  await removePending(path)
  t.equal(await readPending(path), undefined)
})

t.test('a service that was set up without a network pairs and samples when there is one', async (t) => {
  const { setting, proxy, enrolment } = await awayHospital(t)
  const { folder } = setting
  const config = join(folder, 'agent.json')
  const settings = {
    stateDir: folder,
    sensors: SENSORS,
    simulation: { source: { kind: 'noise' } },
    status: { everyMs: 200 },
    batch: { windowMs: { vitals: 1_000 } },
    sampling: { synchronisation: 'assume' },
    logLevel: 'info',
  }
  await writeFile(config, JSON.stringify(settings))
  await initAgent(config, folder)
  const device = (await readIdentity(join(folder, 'device.key'))).signer.address
  answer(setting, enrolment, device)
  await writePending(join(folder, 'enrolment'), enrolment)
  const agent = spawn(process.execPath, [AGENT, 'run', '--config', config], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  t.teardown(() => agent.kill('SIGKILL'))
  let log = ''
  agent.stderr.on('data', (text) => {
    log += text
  })
  await until('it waits', () => log.includes('HOSPITAL_UNREACHABLE'), 60_000)
  proxy.isRefusing = false
  await until('it is paired', () => log.includes('"msg":"paired"'), 120_000)
  t.match(await readPairing(join(folder, 'pairing.json')), { device })
  await t.rejects(stat(join(folder, 'enrolment')), { code: 'ENOENT' })
  await until(
    'it samples',
    () =>
      stat(join(folder, 'status.json')).then(
        () => true,
        () => false,
      ),
    60_000,
  )
  t.notMatch(log, formatEnrolment(enrolment).slice(8), 'the secret is in no log')
})
