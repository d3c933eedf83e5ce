import { auditOf } from '@hygeia/dapp/patient/audit'
import { eraseData } from '@hygeia/dapp/patient/erase'
import { checkPhysician, giveGrant, labelsOf } from '@hygeia/dapp/patient/grant'
import { patientAt, registerPatient } from '@hygeia/dapp/patient/patient'
import { PatientState } from '@hygeia/dapp/patient/state'
import { Conduct } from '@hygeia/dapp/physician/conduct'
import { openGrant } from '@hygeia/dapp/physician/open'
import type { NamedGrant } from '@hygeia/dapp/physician/opening'
import { physicianAt, registerPhysician } from '@hygeia/dapp/physician/physician'
import { identityOf, wordsOf } from '@hygeia/protocol/seed/seed'
import { DAY_MS, HOUR_MS, type UnixMs } from '@hygeia/protocol/units'
import t, { type Test } from 'tap'
import { randomBytes } from '../../dapp/src/random.ts'
import type { HospitalProcess } from '../support/hospital.ts'
import { startHospitals } from '../support/hospitals-on-one-chain.ts'
import { visit } from '../support/people.ts'
import { RawDevice } from '../support/raw-device.ts'
import { haveReceipts, isReplicated } from '../support/replication.ts'
import { testFolder } from '../support/scene.ts'
import { until } from '../support/until.ts'

t.setTimeout(300_000)
/** In ms, for hospitals on this machine. */
const patience = { limitMs: () => 10_000, hedgeMs: () => 3_000 }

t.test('any two of three hospitals open everything, whoever is killed or frozen', async (t: Test) => {
  const { all } = await startHospitals(t, { dir: await testFolder(t), count: 3 })
  const [first, second, third] = all as [HospitalProcess, HospitalProcess, HospitalProcess]
  const known = await Promise.all(all.map((hospital) => visit(hospital)))
  const [atFirst, atSecond, atThird] = known
  if (!atFirst || !atSecond || !atThird) return t.fail('three hospitals')
  const identity = () => identityOf(wordsOf(randomBytes(32)))
  const patient = patientAt(identity(), atFirst, new PatientState(), [atSecond, atThird])
  const physician = physicianAt(identity(), atSecond, [atThird, atFirst])
  const account = physician.identity.signer.address
  await Promise.all([registerPatient(patient), registerPhysician(physician)])
  await first.admit(account)
  await second.admit(account)

  const device = await RawDevice.bind(patient, first, 'mqtt')
  device.start(20)
  await until('batches are taken', async () => device.acknowledged.length > 60)
  await device.finish()
  const batches = device.acknowledged
  await haveReceipts(first, batches)
  for (const hospital of [second, third]) await isReplicated(hospital, batches.length)
  const expected = batches.map(({ cid, reading }) => `${cid} ${reading.value}`).toSorted()

  const now = Date.now() as UnixMs
  const range = { dataFrom: (now - DAY_MS) as UnixMs, dataTo: (now + DAY_MS) as UnixMs }
  const granted = await giveGrant(patient, {
    physician: await checkPhysician(patient, account),
    labels: labelsOf(patient.state.generations, range, ['vitals']),
    ...range,
    accessTo: (now + DAY_MS) as UnixMs,
  })
  t.same([granted.grant.threshold, granted.undelivered], [2, []])

  /** What a client reads that knew all three before. */
  async function read(held: NamedGrant, conduct = new Conduct()): Promise<readonly string[]> {
    const lines: string[] = []
    const span = { from: range.dataFrom, to: (now + HOUR_MS) as UnixMs }
    for await (const one of openGrant(physician, held, span, { conduct, patience })) {
      const sample = one.fault === undefined ? one.batch.columns[0]?.samples[0] : undefined
      lines.push(`${one.cid} ${sample !== undefined && 'value' in sample ? sample.value : one.fault?.code}`)
    }
    return lines.toSorted()
  }

  t.same(await read(granted), expected, 'with all three')
  await first.kill()
  t.same(await read(granted), expected, 'with the hospital killed that took them')

  process.kill(third.process.pid, 'SIGSTOP')
  const conduct = new Conduct()
  await t.rejects(read(granted, conduct), {
    code: 'TOO_FEW_PROXIES',
    message: new RegExp(
      `1 of the grant's 3 hospitals answered, 2 are needed: .*${atFirst.hospital} cannot be reached|` +
        `${atThird.hospital} did not answer`,
    ),
  })
  t.same(
    new Set(conduct.report.map(({ hospital }) => hospital)),
    new Set([atFirst.hospital, atThird.hospital]),
  )
  process.kill(third.process.pid, 'SIGCONT')
  t.same(await read(granted), expected, 'once it goes on')

  await first.start()
  const logs = new Set<string>()
  for await (const { entry, proof } of auditOf(patient)) {
    t.not(proof, 'false', `${entry.event} at ${entry.hospital}`)
    if (entry.event === 'opened') logs.add(entry.hospital)
  }
  t.ok(logs.size >= 2, 'as many hospitals as opened say so to the patient')

  const { erased, untold } = await eraseData(patient, { from: range.dataFrom, to: now })
  t.same(untold, [])
  t.same(
    erased.map((one) => [one.batches, one.waiting]),
    all.map(() => [batches.length, 0]),
  )
  t.same(await read(granted), [], 'nothing is left to read')
})
