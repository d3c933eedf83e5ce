import { eraseData } from '@hygeia/dapp/patient/erase'
import { patientAt, registerPatient } from '@hygeia/dapp/patient/patient'
import { PatientState } from '@hygeia/dapp/patient/state'
import type { UnixMs } from '@hygeia/protocol/units'
import t, { type Test } from 'tap'
import type { HospitalProcess } from '../support/hospital.ts'
import { startHospitals } from '../support/hospitals-on-one-chain.ts'
import { newPatient, visit } from '../support/people.ts'
import { RawDevice } from '../support/raw-device.ts'
import { haveReceipts, receiptsAt, statusOf } from '../support/replication.ts'
import { testFolder } from '../support/scene.ts'
import { until } from '../support/until.ts'
import { fault } from './support/fault.ts'

t.setTimeout(300_000)

const EVERY_MS = 40
const LIMIT_MS = 120_000

const away = {
  done: 'a patient has data erased while one of three hospitals is killed',
  asked: 'it gets what is left, of others above all, and nobody is blamed',
}
await fault(t, away, async (t: Test) => {
  const { all } = await startHospitals(t, { dir: await testFolder(t), count: 3 })
  const [first, second, third] = all as [HospitalProcess, HospitalProcess, HospitalProcess]
  const [known, alsoKnown] = [await visit(first), await visit(second)]
  // Batches of both are anchored together.
  const patients = [newPatient(known), newPatient(known)] as const
  const devices: RawDevice[] = []
  for (const patient of patients) {
    await registerPatient(patient)
    devices.push(await RawDevice.bind(patient, first, 'mqtt'))
  }
  const [erasing, other] = devices as [RawDevice, RawDevice]
  for (const device of devices) device.start(EVERY_MS)
  const grown = (by: number) => {
    const before = devices.map(({ acknowledged }) => acknowledged.length)
    return until('batches are taken', async () =>
      devices.every(({ acknowledged }, index) => acknowledged.length >= (before[index] ?? 0) + by),
    )
  }
  await grown(50)
  await third.kill()
  const held = erasing.acknowledged.length
  await grown(150)
  await Promise.all(devices.map((device) => device.finish()))
  const gone = erasing.acknowledged.slice(held + 20)
  const left = [...erasing.acknowledged.slice(0, held + 20), ...other.acknowledged]
  for (const hospital of [first, second]) await haveReceipts(hospital, [...left, ...gone])

  const patient = patientAt(patients[0].identity, known, new PatientState(), [alsoKnown])
  const instants = gone.map(({ at }) => at)
  const range = { from: Math.min(...instants) as UnixMs, to: (Math.max(...instants) + 1) as UnixMs }
  const { erased, untold } = await eraseData(patient, range)
  t.same(untold, [])
  for (const at of erased) t.match(at, { batches: gone.length, waiting: 0 })

  const began = performance.now()
  await third.start()
  const isSettled = async (hospital: HospitalProcess) => {
    const { wanted, underReplicated, faulty } = (await statusOf(hospital)).replication
    t.same(faulty, [], 'nobody is blamed')
    return wanted === 0 && underReplicated === 0
  }
  await until(
    'all that is left has a receipt at the third',
    async () => (await receiptsAt(third, left)) === left.length,
    LIMIT_MS,
  )
  const backMs = performance.now() - began
  for (const hospital of all) await until('nothing more is wanted', () => isSettled(hospital), LIMIT_MS)
  for (const hospital of all) t.equal(await receiptsAt(hospital, gone), 0, 'what is erased is nowhere')
  const { replication } = await statusOf(third)
  t.equal(replication.replicas, left.length)
  const seconds = (backMs / 1_000).toFixed(1)
  return `${gone.length} batches erased meanwhile; the ${left.length} others at all three ${seconds} s after its start`
})
