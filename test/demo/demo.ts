import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ICU_VITALS, readRecording } from '@hygeia/agent/simulation/recording'
import { HospitalError } from '@hygeia/dapp/hospital/errors'
import { auditOf } from '@hygeia/dapp/patient/audit'
import { checkPhysician, giveGrant, labelsOf } from '@hygeia/dapp/patient/grant'
import { registerPatient } from '@hygeia/dapp/patient/patient'
import { revokeGrant } from '@hygeia/dapp/patient/revoke'
import { registerPhysician } from '@hygeia/dapp/physician/physician'
import { monthOf } from '@hygeia/protocol/label'
import { DAY_MS, HOUR_MS, MINUTE_MS, type UnixMs } from '@hygeia/protocol/units'
import { DeviceProcess } from '../support/device.ts'
import { HospitalProcess } from '../support/hospital.ts'
import { newPatient, newPhysician, visit } from '../support/people.ts'
import { type BedsideOptions, oximeterBedside, thermometerBedside } from './bedside.ts'
import { Expectation, expectRecording, expectTemperatures } from './compare.ts'
import { openAndCompare } from './opening.ts'
import { play } from './playing.ts'
import { proveAll } from './receipts.ts'
import { stages } from './report.ts'
import { bold, count, green, Progress, seconds, step } from './terminal.ts'

const ROOT = fileURLToPath(new URL('../../.demo', import.meta.url))
/** All of the recording in about forty seconds. */
const PLAY_MS = 40_000
const WINDOW_MS = 5 * MINUTE_MS
/** When the patient presses the button, in ms of the recording. */
const PRESSES = [3 * HOUR_MS + 7 * MINUTE_MS, 20 * HOUR_MS + 33 * MINUTE_MS]
/** The agent believes a press once the contact has been still for so long. */
const DEBOUNCE_MS = 30

// Exiting takes along what was started.
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(name, () => process.exit(130))

const began = performance.now()
await rm(ROOT, { recursive: true, force: true })
await mkdir(ROOT, { recursive: true })

const hospital = await HospitalProcess.init({
  dir: join(ROOT, 'hospital'),
  periodSec: 1,
  logLevel: 'warn',
  apiLimits: { perAddress: 1_000_000, chain: 1_000_000 },
})
await step('hospital: contracts on a new chain, doors open', () => hospital.start())
const known = await visit(hospital)
const patient = newPatient(known)
const physician = newPhysician(known)

await step('physician and patient registered on the chain, physician admitted', async () => {
  const registered = registerPhysician(physician).then(() =>
    hospital.admit(physician.identity.signer.address),
  )
  await Promise.all([registered, registerPatient(patient)])
})

const recording = await readRecording(ICU_VITALS)
// Whole minutes, and all of it in the past.
const start = ((Math.floor(Date.now() / MINUTE_MS) - recording.length - 5) * MINUTE_MS) as UnixMs
const end = (start + recording.durationMs) as UnixMs
const options = (name: string): BedsideOptions => ({
  played: { start, speed: recording.durationMs / PLAY_MS },
  windowMs: WINDOW_MS,
  ledgerFile: join(ROOT, name, 'ledger.jsonl'),
})
const devices = await step(
  'two bedside devices paired, six words compared',
  async () => {
    const oximeter = await DeviceProcess.init(join(ROOT, 'oximeter'), oximeterBedside(options('oximeter')))
    const thermometer = await DeviceProcess.init(
      join(ROOT, 'thermometer'),
      thermometerBedside(options('thermometer'), PRESSES),
    )
    // One after the other: each pairing raises what the patient's own records know.
    const words = await oximeter.pair(patient, monthOf(start))
    await thermometer.pair(patient, monthOf(start))
    return { oximeter, thermometer, words }
  },
  ({ words }) => words.join(' '),
)
const { oximeter, thermometer } = devices

const played = await play(
  '1936 minutes of an ICU patient, through chips, MQTT and CoAP',
  [oximeter, thermometer],
  {
    start,
    end,
    limitMs: 5 * PLAY_MS,
  },
)

const proving = new Progress('receipts checked against the chain')
const proven = await proveAll(
  patient.account,
  known,
  hospital.endpoints.rpc,
  { from: start, to: end },
  (done, all) => proving.update(done / all, `${count(done)} of ${count(all)}`),
)
proving.end(`${count(proven.batches)} batches under ${count(proven.anchors)} anchors`)

const granted = await step('the patient grants, fragments dealt, consent on the chain', async () => {
  const checked = await checkPhysician(patient, physician.identity.signer.address)
  const span = { dataFrom: start, dataTo: end }
  const labels = labelsOf(patient.state.generations, span, ['vitals', 'alert'])
  return giveGrant(patient, {
    physician: checked,
    labels,
    ...span,
    accessTo: (Date.now() + DAY_MS) as UnixMs,
  })
})

const expectation = new Expectation()
await expectRecording(expectation, fileURLToPath(ICU_VITALS), start, [
  { device: oximeter.address, rateChannel: 'heart-rate', spo2Channel: 'spo2', rateColumn: 'heart_rate_bpm' },
  { device: thermometer.address, rateChannel: 'pulse', rateColumn: 'pulse_rate_bpm' },
])
await expectTemperatures(
  expectation,
  options('thermometer').ledgerFile,
  'thermometer',
  thermometer.address,
  start,
)
for (const press of PRESSES) {
  expectation.add(thermometer.address, 'patient-event', (start + press + DEBOUNCE_MS) as UnixMs, 1)
}

const opened = await openAndCompare(physician, granted, { from: start, to: end }, expectation)

const refusal = await step(
  'the patient revokes; the physician asks again',
  async () => {
    await revokeGrant(patient, granted.hash)
    try {
      await openAndCompare(physician, granted, { from: start, to: end }, new Expectation())
    } catch (cause) {
      if (cause instanceof HospitalError && cause.detail.code === 'REFUSED') return cause.detail.problem
      throw cause
    }
    throw new Error('the physician still gets in after the revocation')
  },
  (problem) => `refused, ${problem}`,
)

const audited = await step(
  'the patient reads the audit log',
  async () => {
    const events: string[] = []
    for await (const { entry, proof } of auditOf(patient)) {
      if (proof === 'false') throw new Error('an audit entry is not what the hospital may hold')
      events.push(entry.event)
    }
    return events
  },
  (events) => events.join(', '),
)

await step('everything stopped', () => hospital.stop())

console.log(`\n${await stages({ played, proven, opened, audited: audited.length, refusal })}\n`)
console.log(
  `${green('✓')} ${bold(
    `the physician's values equal the recording: ${count(opened.equal)} of ${count(opened.expected)}, ${count(opened.missing)} missing as missing`,
  )}`,
)
console.log(
  `  ${seconds(performance.now() - began)} in all; the hospital's data, logs and both devices lie in ${ROOT}`,
)
process.exit(0)
