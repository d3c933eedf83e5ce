import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Granted } from '@hygeia/dapp/patient/grant'
import { patientAt, registerPatient } from '@hygeia/dapp/patient/patient'
import { PatientState } from '@hygeia/dapp/patient/state'
import { openGrant } from '@hygeia/dapp/physician/open'
import { type Physician, physicianAt, registerPhysician } from '@hygeia/dapp/physician/physician'
import { CHANNELS, channelNamed } from '@hygeia/protocol/channel'
import { DAY_MS, MINUTE_MS, type UnixMs } from '@hygeia/protocol/units'
import { isAbort } from '@hygeia/runtime/abort'
import { builtDapp } from '../support/built-dapp.ts'
import { DeviceProcess } from '../support/device.ts'
import { HospitalProcess } from '../support/hospital.ts'
import { visit } from '../support/people.ts'
import { liveElectrodes, liveOximeter, liveThermometer } from './bedside.ts'
import { grantSpan } from './opening.ts'
import { demoPerson, signInText } from './sign-in.ts'
import { bold, count, dim, step } from './terminal.ts'

const ROOT = process.argv[2] ?? fileURLToPath(new URL('../../.demo/up', import.meta.url))
const LOOK_MS = 5_000
const LOOK_BACK_MS = 2 * MINUTE_MS

const over = new AbortController()
for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => over.abort())

await rm(ROOT, { recursive: true, force: true })
await mkdir(ROOT, { recursive: true })
const dapp = await step('web app built', () => builtDapp())
const hospital = await HospitalProcess.init({
  dir: join(ROOT, 'hospital'),
  periodSec: 1,
  logLevel: 'warn',
  dapp,
})
await step('hospital: contracts on a new chain, doors open', () => hospital.start())
const known = await visit(hospital)
const people = {
  patient: demoPerson('Patient', 'A patient'),
  physician: demoPerson('Physician', 'A physician'),
  newcomer: demoPerson('Physician whom staff has still to admit', 'A physician'),
  proposer: demoPerson('Staff who proposes', 'Hospital staff'),
  approver: demoPerson('Staff who approves', 'Hospital staff'),
}
const patient = patientAt(people.patient.identity, known, new PatientState())
const physician = physicianAt(people.physician.identity, known)
await step('patient, physicians and staff registered', async () => {
  const registered = registerPhysician(physician).then(() =>
    hospital.admit(physician.identity.signer.address),
  )
  const waiting = registerPhysician(physicianAt(people.newcomer.identity, known))
  await Promise.all([registered, waiting, registerPatient(patient)])
  for (const { identity } of [people.proposer, people.approver]) {
    await hospital.command('staff', 'add', identity.signer.address, '--role', 'operator')
  }
})
const devices = await step('three bedside devices paired', async () => {
  const oximeter = await DeviceProcess.init(join(ROOT, 'oximeter'), liveOximeter)
  const thermometer = await DeviceProcess.init(join(ROOT, 'thermometer'), liveThermometer)
  const electrodes = await DeviceProcess.init(join(ROOT, 'electrodes'), liveElectrodes)
  const paired = [oximeter, thermometer, electrodes]
  for (const device of paired) await device.pair(patient)
  return paired
})
const granted = await step('the patient grants a day', () => {
  const now = Date.now()
  const span = { from: (now - MINUTE_MS) as UnixMs, to: (now + DAY_MS) as UnixMs }
  return grantSpan(patient, physician, span, ['vitals', 'ecg', 'alert'])
})
for (const device of devices) device.start()

const { api, mqtt, coap, rpc } = hospital.endpoints
console.log(signInText(Object.values(people), { address: api, ca: await hospital.ca(), dir: ROOT }))
console.log(`  ${bold('A hospital with three live devices is running.')} Ctrl-C ends it.
  API       ${api}   ${dim('(/openapi.json, /metrics, /readyz)')}
  MQTT      ${mqtt}
  CoAP      ${coap}
  chain     ${rpc}   ${dim('(JSON-RPC, for any Ethereum tool)')}
  CA        ${join(hospital.dir, 'keys/ca.pem')}
  logs      ${ROOT}
  try       node daemon/bin/daemon.ts status --config ${hospital.configFile}
            node agent/bin/agent.ts status --config ${devices[0]?.configFile}
`)

try {
  for (let opened: string | undefined; ; ) {
    await delay(LOOK_MS, undefined, { signal: over.signal })
    // Once: each opening is in the patient's audit log.
    if (opened !== undefined) continue
    opened = await newestValues(physician, granted)
    if (opened !== undefined) console.log(`  The physician opens, by proxy re-encryption:  ${opened}`)
  }
} catch (cause) {
  if (!isAbort(cause)) throw cause
} finally {
  console.log('')
  await step('devices and hospital stopped', async () => {
    await Promise.all(devices.map((device) => device.process.stop()))
    await hospital.stop()
  })
}
process.exit(0)

/** Newest value of each channel that a grant opens, as one line. */
async function newestValues(reader: Physician, held: Granted): Promise<string | undefined> {
  const now = Date.now()
  const newest = new Map<string, { readonly at: number; readonly text: string }>()
  let batches = 0
  const range = { from: (now - LOOK_BACK_MS) as UnixMs, to: now as UnixMs }
  for await (const opened of openGrant(reader, held, range)) {
    if (opened.fault !== undefined) continue
    batches++
    for (const { channel, samples } of opened.batch.columns) {
      const last = samples.at(-1)
      // The newest value of a waveform says nothing to anybody.
      if (last === undefined || channelNamed(channel).unit === 'uV') continue
      const at = last.at + opened.offsetMs
      if (at <= (newest.get(channel)?.at ?? 0)) continue
      const { unit } = channelNamed(channel)
      newest.set(channel, {
        at,
        text: last.value === undefined ? last.missing : `${last.value.toFixed(1)} ${unit}`,
      })
    }
  }
  if (newest.size === 0) return undefined
  const ageSec = Math.round((now - Math.max(...[...newest.values()].map(({ at }) => at))) / 1_000)
  const values = CHANNELS.flatMap(({ name }) => {
    const value = newest.get(name)
    return value === undefined ? [] : `${name} ${bold(value.text)}`
  })
  return `${values.join('   ')}   ${dim(`${ageSec} s old, ${count(batches)} batches`)}`
}
