import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { signDeviceHospitals } from '@hygeia/protocol/device-hospitals/device-hospitals'
import { decodeAnswers } from '@hygeia/protocol/device-link/answer'
import { decodeQuestion, encodeQuestion, signQuestion } from '@hygeia/protocol/device-link/question'
import type { Hex32 } from '@hygeia/protocol/ids'
import t from 'tap'
import { CoapDevice } from './support/coap-device.ts'
import { bind, TestDevice } from './support/devices.ts'
import { startHospital } from './support/hospital.ts'
import { until } from './support/until.ts'

const dir = await mkdtemp(join(tmpdir(), 'hygeia-hospitals-'))
const hospital = await startHospital(dir)
const device = new TestDevice(hospital.realm)
const patient = await bind(hospital, [device])
const link = await CoapDevice.open(hospital.coap.port)
t.teardown(async () => {
  link.close()
  await hospital.stop()
  await rm(dir, { recursive: true })
})

const named = {
  hospital: hospital.hospital.operator,
  receiptKey: hospital.receiptKey,
  caHash: hospital.tls.caHash,
  api: 'https://hospital.example',
}
const listOf = (serial: number) =>
  signDeviceHospitals(
    hospital.realm,
    { patient: patient.address, device: device.address, serial, hospitals: [named] },
    patient,
  )
const standing = {
  version: '0.1.0',
  configuration: `0x${'11'.repeat(32)}` as Hex32,
  spoolHours: 1,
  sensors: 1,
  sensorsAway: 0,
  labelKeyDays: 100,
}

/** What is said to a question of the third version, or with no serial to one of the second. */
async function answersTo(hospitalSerial?: number) {
  const { signature: _, ...question } = decodeQuestion(device.ask())
  const asked = { ...question, standing, ...(hospitalSerial === undefined ? {} : { hospitalSerial }) }
  const bytes = encodeQuestion(signQuestion(hospital.realm, asked, device.signer))
  return decodeAnswers((await link.post('question', bytes)).payload)
}

await until(() =>
  hospital.directory.refresh().then(() => hospital.directory.device(device.address) !== undefined),
)

t.test('a device that has an older list is handed the newest, and no other is', async (t) => {
  t.same(await answersTo(0), [], 'there is none yet')
  await hospital.deviceHospitals.put(listOf(1))
  await hospital.deviceHospitals.put(listOf(3))
  t.same(await answersTo(0), [{ kind: 'hospitals', hospitals: listOf(3) }])
  t.same(await answersTo(2), [{ kind: 'hospitals', hospitals: listOf(3) }])
  t.same(await answersTo(3), [], 'it has that')
  t.same(await answersTo(), [], 'who does not say which one it has could not read another')
})

t.test('the same list again is no change, an older or another one is refused', async (t) => {
  await hospital.deviceHospitals.put(listOf(3))
  await t.rejects(hospital.deviceHospitals.put(listOf(2)), { code: 'DEVICE_HOSPITALS_STALE' })
  const [two, other] = [listOf(4), { ...listOf(3), signature: listOf(4).signature }]
  await t.rejects(hospital.deviceHospitals.put(other), { code: 'DEVICE_HOSPITALS_BAD_SIGNATURE' })
  const both = await Promise.allSettled([
    hospital.deviceHospitals.put(two),
    hospital.deviceHospitals.put(listOf(4)),
  ])
  t.same(
    both.map(({ status }) => status),
    ['fulfilled', 'fulfilled'],
    'it is the very same',
  )
})
