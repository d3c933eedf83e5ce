import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { verifyOffline } from '@hygeia/dapp/verify/offline/verify'
import { addressOf } from '@hygeia/protocol/ids'
import { decodeOfflineProof, encodeOfflineProof } from '@hygeia/protocol/offline-proof/codec'
import { MINUTE_MS, SECOND_MS, type UnixMs } from '@hygeia/protocol/units'
import t from 'tap'
import { DeviceProcess } from '../support/device.ts'
import { HospitalProcess } from '../support/hospital.ts'
import { HYGEIA, Hygeia } from '../support/hygeia.ts'
import { noisyBedside } from '../support/noisy-bedside.ts'
import { steadyPorts } from '../support/ports.ts'
import { outcomeOf, runToEnd } from '../support/process.ts'
import { testFolder } from '../support/scene.ts'
import { until } from '../support/until.ts'

/** Blocks of a second; a list of signers comes while the test runs. */
const EPOCH = 20
const SECONDS = 40

t.setTimeout(240_000)

t.test('what a hospital stored is proven when there is no hospital any more', async (t) => {
  const dir = await testFolder(t)
  const hospital = await HospitalProcess.init({
    dir: join(dir, 'hospital'),
    periodSec: 1,
    epoch: EPOCH,
    logLevel: 'warn',
    ports: await steadyPorts(),
  })
  hospital.launch()
  t.teardown(() => hospital.kill())
  await hospital.ready()
  const patient = await Hygeia.at(join(dir, 'patient'), hospital)
  const physician = await Hygeia.at(join(dir, 'physician'), hospital)
  const cids = await storedBatches(dir, hospital, { patient, physician })
  const rpc = ['--rpc', hospital.endpoints.rpc]

  const pins = join(dir, 'pins.json')
  const ofPhysician = join(dir, 'physician.proof')
  const ofAnyone = join(dir, 'anyone.proof')
  const record = join(dir, 'record.json')
  await physician.results('pins', '-o', pins)
  await physician.results('physician', 'record', String(cids[0]), '--proof', '-o', ofPhysician)
  await physician.results('physician', 'record', String(cids[1]), '-o', record)
  await runToEnd(HYGEIA, [
    'prove',
    record,
    '-o',
    ofAnyone,
    '--epoch',
    `${EPOCH}`,
    '--dir',
    join(dir, 'anyone'),
    ...rpc,
  ])
  await hospital.kill()

  const stranger = ['--dir', join(dir, 'stranger')]
  for (const file of [ofPhysician, ofAnyone]) {
    const proven = await outcomeOf(HYGEIA, ['verify', '--offline', file, '--pins', pins, ...stranger])
    t.equal(proven.code, 0, proven.stdout)
    t.match(proven.stdout, /✓ block \d+ is final[\s\S]*PROVEN[\s\S]*✓ the device signed them[\s\S]*PROVEN$/m)
    t.match(
      proven.stdout,
      /Not proven by this file:\n {2}- anything against the only signer/,
      'nor what is not proven',
    )
  }
  const untrusted = await outcomeOf(HYGEIA, ['verify', '--offline', ofAnyone, ...stranger])
  t.match(untrusted, { code: 2, stdout: /\? the chain is the one that you trust.*NOTHING_PINNED/ })
  t.notMatch(untrusted.stdout, /^PROVEN/m, 'nothing at all is proven to who trusts nothing')
  const online = await outcomeOf(HYGEIA, ['verify', ofAnyone, ...stranger, ...rpc])
  t.match(online, { code: 1, stderr: /add --offline/ })

  await t.test('and no part of it can be another', async (t) => {
    const trusted = JSON.parse(await readFile(pins, 'utf8'))
    const bytes = await readFile(ofPhysician)
    const [one, other] = [decodeOfflineProof(bytes), decodeOfflineProof(await readFile(ofAnyone))]
    t.same(one.realm, other.realm)
    const faults = async (altered: Uint8Array) => {
      const verdicts = await verifyOffline(altered, trusted)
      return verdicts.flatMap(({ checks }) => checks.flatMap(({ fault }) => fault ?? []))
    }
    t.same(await faults(bytes), [])
    const [ours, theirs] = [one.records[0], other.records[0]]
    if (ours?.kind !== 'batch' || theirs?.kind !== 'batch') return t.fail('no batches')
    const swapped = { ...one, records: [{ ...ours, block: theirs.block }] }
    t.same(await faults(encodeOfflineProof(swapped)), ['ANOTHER_BATCH'])
    for (let place = 0; place < bytes.length; place += 97) {
      const names = await faults(bytes.with(place, Number(bytes[place]) ^ 0x10))
      t.not(names.length, 0, `byte ${place}: ${names[0]}`)
    }
  })
})

/** CIDs of what a device measured for the patient and the physician may see, anchored. */
async function storedBatches(
  dir: string,
  hospital: HospitalProcess,
  { patient, physician }: { readonly patient: Hygeia; readonly physician: Hygeia },
): Promise<readonly unknown[]> {
  await Promise.all([patient.results('patient', 'new'), physician.results('physician', 'new')])
  await patient.results('patient', 'register')
  const [applied] = await physician.results('physician', 'register')
  const account = addressOf(String(applied?.physician))
  await hospital.admit(account)
  const bedside = join(dir, 'device')
  const file = join(dir, 'recording.csv')
  const rows = Array.from(
    { length: SECONDS },
    (_, second) => `${second},${60 + (second % 40)},${95 + (second % 3)}`,
  )
  await writeFile(file, `second,heart_rate_bpm,spo2_percent\n${rows.join('\n')}\n`)
  const start = (Math.floor(Date.now() / SECOND_MS) * SECOND_MS - 10 * MINUTE_MS) as UnixMs
  const noisy = noisyBedside({ dir: bedside, kind: 'mqtt', start, speed: 40 })
  const source = { kind: 'recording' as const, file }
  const device = await DeviceProcess.init(bedside, { ...noisy, simulation: { ...noisy.simulation, source } })
  await patient.pair(device)
  device.start()
  t.teardown(() => device.process.kill())
  await device.delivered(60_000)
  await patient.results('patient', 'grant', account, '--from', '-1h', '--to', '+1h', '--yes')
  return await until('two batches can be opened', async () => {
    const opened = await physician.results('physician', 'open', '--from', '-1h')
    const cids = opened.flatMap(({ cid }) => (cid === undefined ? [] : [cid]))
    if (cids.length > 1) return cids
    await delay(SECOND_MS)
    return undefined
  })
}
