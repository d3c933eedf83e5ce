import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { auditOf } from '@hygeia/dapp/patient/audit'
import { registerPatient } from '@hygeia/dapp/patient/patient'
import { revokeGrant } from '@hygeia/dapp/patient/revoke'
import { registerPhysician } from '@hygeia/dapp/physician/physician'
import { HospitalProcess } from '../support/hospital.ts'
import { newPatient, newPhysician, visit } from '../support/people.ts'
import { grantSpan, openAndCompare, refusalOf } from './opening.ts'
import { play } from './playing.ts'
import { proveAll } from './receipts.ts'
import { PLAY_MS, RecordedBed } from './recorded-bed.ts'
import { stages } from './report.ts'
import { bold, count, green, Progress, seconds, step } from './terminal.ts'

const ROOT = fileURLToPath(new URL('../../.demo', import.meta.url))

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

const bed = await step(
  'two bedside devices paired, six words compared',
  () => RecordedBed.pair(ROOT, patient),
  ({ words }) => words.join(' '),
)
const { span } = bed
const played = await play('1936 minutes of an ICU patient, through chips, MQTT and CoAP', bed.devices, {
  span,
  limitMs: 5 * PLAY_MS,
})

const proving = new Progress('receipts checked against the chain')
const proven = await proveAll(patient.account, known, hospital.endpoints.rpc, span, (done, all) =>
  proving.update(done / all, `${count(done)} of ${count(all)}`),
)
proving.end(`${count(proven.batches)} batches under ${count(proven.anchors)} anchors`)

const granted = await step('the patient grants, fragments dealt, consent on the chain', () =>
  grantSpan(patient, physician, span),
)
const opened = await openAndCompare(physician, granted, span, await bed.expectation())

const refusal = await step(
  'the patient revokes; the physician asks again',
  async () => {
    await revokeGrant(patient, granted.hash)
    return refusalOf(physician, granted, span)
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
