import { registerPatient } from '@hygeia/dapp/patient/patient'
import t, { type Test } from 'tap'
import type { HospitalProcess } from '../support/hospital.ts'
import { startHospitals } from '../support/hospitals-on-one-chain.ts'
import { newPatient, visit } from '../support/people.ts'
import { RawDevice } from '../support/raw-device.ts'
import { haveReceipts, isReplicated, receiptsAt, statusOf } from '../support/replication.ts'
import { testFolder } from '../support/scene.ts'
import { until } from '../support/until.ts'
import { fault } from './support/fault.ts'

t.setTimeout(300_000)

const killed = {
  done: 'one of three hospitals killed, on a chain that goes on',
  asked: 'what one takes three hold; nothing is missed',
}
await fault(t, killed, async (t: Test) => {
  const { all } = await startHospitals(t, { dir: await testFolder(t), count: 3 })
  const [first, second, third] = all as [HospitalProcess, HospitalProcess, HospitalProcess]
  for (const hospital of all) {
    const { consortium } = await statusOf(hospital)
    t.same(consortium, { standing: 'active', hospitals: 3 })
  }
  const patient = newPatient(await visit(first))
  await registerPatient(patient)
  const device = await RawDevice.bind(patient, first, 'mqtt')
  device.start(20)
  await until('batches are taken', async () => device.acknowledged.length > 100)
  await third.kill()
  const before = device.acknowledged.length
  await until('the others go on', async () => device.acknowledged.length > before + 100)
  await third.start()
  await until('and on', async () => device.acknowledged.length > before + 200)
  await device.finish()
  const batches = device.acknowledged
  await haveReceipts(first, batches)
  for (const hospital of [second, third]) {
    const { replication, batches: taken } = await isReplicated(hospital, batches.length)
    t.equal(replication.lagBlocks, 0)
    t.same(replication.faulty, [])
    t.equal(taken.taken, 0, 'and nothing is doubled')
    t.equal(await receiptsAt(hospital, batches), batches.length, 'each has a receipt there, too')
  }
  const { replication } = await isReplicated(first, 0)
  t.equal(replication.underReplicated, 0)
  return `${batches.length} batches at all three, each with a receipt`
})
