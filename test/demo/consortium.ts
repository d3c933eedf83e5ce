import { mkdir, rm } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { placeAt } from '@hygeia/dapp/hospital/place'
import { giveHospitals } from '@hygeia/dapp/patient/hospitals'
import { patientAt, registerPatient } from '@hygeia/dapp/patient/patient'
import { revokeGrant } from '@hygeia/dapp/patient/revoke'
import { Conduct, describe } from '@hygeia/dapp/physician/conduct'
import { registerPhysician } from '@hygeia/dapp/physician/physician'
import { Consortium } from '../support/consortium.ts'
import { newPatient, newPhysician } from '../support/people.ts'
import { statusOf } from '../support/replication.ts'
import { until } from '../support/until.ts'
import { countAudit, heldByEach } from './holding.ts'
import { grantSpan, openAndCompare, refusalOf } from './opening.ts'
import { play } from './playing.ts'
import { proveAll } from './receipts.ts'
import { PLAY_MS, RecordedBed } from './recorded-bed.ts'
import { perHospital, stages } from './report.ts'
import { bold, count, dim, green, Progress, seconds, step } from './terminal.ts'

const ROOT = fileURLToPath(new URL('../../.demo/consortium', import.meta.url))
const HOSPITALS = 3
/** A device that was left waiting so long goes to the next hospital. */
const FAIL_OVER = { afterMs: 2_000 }
/** Of waits that take seconds when the machine has nothing else to do. */
const PATIENCE_MS = 180_000

// Exiting takes along what was started.
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(name, () => process.exit(130))

await rm(ROOT, { recursive: true, force: true })
await mkdir(ROOT, { recursive: true })

console.log(`
  ${bold('Three hospitals, each with a geth that seals blocks and a Kubo that keeps batches.')}
  The patient is at hospital 1, the physician at hospital 2; any two of the three can open what the patient grants.
`)

const founding = new Progress('hospitals founded and joined: invitation, card, votes')
founding.update(0, 'hospital 1 deploys the contracts')
const consortium = await Consortium.start({
  dir: ROOT,
  count: HOSPITALS,
  periodSec: 1,
  onJoined: (joined) => founding.update(joined / HOSPITALS, `${joined} of ${HOSPITALS} seal`),
})
founding.end(`${HOSPITALS} seal in turn`)
const began = performance.now()

const [first, second, third] = consortium.hospitals
const [home, other, last] = await consortium.known()
if (!first || !second || !third || !other || !last) throw new Error(`not ${HOSPITALS} hospitals`)
const members = [
  { name: 'hospital 1', process: first, known: home },
  { name: 'hospital 2', process: second, known: other },
  { name: 'hospital 3', process: third, known: last },
]
/** With the names that are used here in place of accounts and addresses. */
const named = (text: string) =>
  members.reduce(
    (renamed, { name, known: { hospital, client } }) =>
      renamed.replaceAll(hospital, name).replaceAll(client.transport.base, name),
    text,
  )

const patient = newPatient(home, [other, last])
const physician = newPhysician(other, [home, last])
await step(
  'physician and patient registered on the chain, physician admitted by two votes of three',
  async () => {
    const registered = registerPhysician(physician).then(() =>
      Promise.all([first, second].map((hospital) => hospital.admit(physician.identity.signer.address))),
    )
    await Promise.all([registered, registerPatient(patient)])
  },
)

const bed = await step(
  'two bedside devices paired at hospital 1, six words compared',
  () => RecordedBed.pair(ROOT, patient, FAIL_OVER),
  ({ words }) => words.join(' '),
)
const { span, devices } = bed
await step('the patient signs for both: hospital 1 first, hospital 2 when it is away', async () => {
  for (const device of devices) await giveHospitals(patient, device.address, [home, other])
})

const granted = await step(
  'the patient grants, fragments dealt to three hospitals, consent on the chain',
  () => grantSpan(patient, physician, span),
  ({ grant: { threshold, proxies } }) => `${threshold} of ${proxies.length} open it`,
)

let killedAt = 0
const played = await play('1936 minutes of an ICU patient, through chips, MQTT and CoAP', devices, {
  span,
  limitMs: 5 * PLAY_MS,
  halfWay: async () => {
    await until('both devices know both hospitals', async () => {
      const statuses = await Promise.all(devices.map((device) => device.status()))
      return statuses.every((status) => status?.delivery?.uplink.hospitals.length === 2)
    })
    const programs = await first.process.programs()
    await first.kill()
    killedAt = performance.now()
    return bold(`hospital 1 is killed: kill -9 to hygeia-daemon, ${programs.join(' and ')}`)
  },
})
if (killedAt === 0) throw new Error('the devices were done before half of it was played')
const sentTo = new Set(played.map(({ delivery }) => named(`https://${delivery?.uplink.hospital}`)))
if (sentTo.size !== 1 || !sentTo.has('hospital 2')) throw new Error(`devices send to ${[...sentTo].join()}`)
console.log(`  ${green('✓')} both devices went on at hospital 2, as the patient's list says`)

const batches = played.reduce((sum, { delivery }) => sum + (delivery?.pipeline.sealed ?? 0), 0)
const wanted = { span, batches, limitMs: PATIENCE_MS }
const holders = members.map(({ name, known }) => ({ name, ...placeAt(patient.identity.signer, known) }))
await heldByEach('both that are left hold every batch', holders.slice(1), wanted)

// As the patient's app does when the hospital at home is away.
const stand = patientAt(patient.identity, other, patient.state, [last, home])
const proving = new Progress('receipts checked against the chain, through hospital 2')
const proven = await proveAll(stand.account, other, second.endpoints.rpc, span, (done, all) =>
  proving.update(done / all, `${count(done)} of ${count(all)}`),
)
proving.end(`${count(proven.batches)} batches under ${count(proven.anchors)} anchors`)

const conduct = new Conduct()
const opened = await openAndCompare(physician, granted, span, await bed.expectation(), { conduct })
const proxies = await step(
  'who re-encrypted, by the audit logs',
  async () => {
    const logs = await countAudit(stand)
    return members.filter(({ known }) => logs.get(known.hospital)?.opened).map(({ name }) => name)
  },
  (proxying) => proxying.join(' and '),
)
for (const seen of conduct.report) console.log(`    ${dim(`done without: ${named(describe(seen))}`)}`)

await third.kill()
const why = await step(
  'hospital 3 is killed as well; the physician asks again',
  () => refusalOf(physician, granted, span),
  () => 'refused',
)
console.log(`    ${dim(named(why))}`)

await step(
  'hospitals 1 and 3 come back',
  async () => {
    for (const hospital of [first, third]) hospital.launch()
    await Promise.all([first, third].map((hospital) => hospital.ready(PATIENCE_MS)))
  },
  () => `hospital 1 was away for ${seconds(performance.now() - killedAt)}`,
)
await heldByEach('all three hold every batch, none twice', holders, wanted)

const refusal = await step(
  'the patient revokes; the physician asks again',
  async () => {
    await revokeGrant(patient, granted.hash)
    return refusalOf(physician, granted, span)
  },
  (problem) => `refused, ${problem}`,
)
const audit = await step('the patient reads the audit logs of all three', () => countAudit(patient))
const hospitals = await step('each hospital says what it did', () =>
  Promise.all(
    members.map(async ({ name, process, known }) => ({
      name,
      status: await statusOf(process),
      held: batches,
      cfrags: proxies.includes(name) ? opened.capsules : 0,
      audit: audit.get(known.hospital) ?? {},
    })),
  ),
)
const endedMs = performance.now() - began
await step('everything stopped', () => Promise.all(members.map(({ process }) => process.stop())))

const audited = hospitals.flatMap(({ audit }) => Object.values(audit)).reduce((sum, times) => sum + times, 0)
console.log(`\n${await stages({ played, proven, opened, audited, refusal })}\n\n${perHospital(hospitals)}\n`)
console.log(
  `${green('✓')} ${bold(
    `with hospital 1 killed, the physician's values equal the recording: ${count(opened.equal)} of ${count(opened.expected)}, ${count(opened.missing)} missing as missing`,
  )}`,
)
console.log(
  `  ${seconds(endedMs)} after the hospitals were up; their data and logs and both devices lie in ${ROOT}`,
)
process.exit(0)
