import { decodeAnswers } from '@hygeia/protocol/device-link/answer'
import { asLabel } from '@hygeia/protocol/label'
import { formatCid } from '@hygeia/protocol/sealed/cid'
import t from 'tap'
import { until } from '../link/support/until.ts'
import { startHospital } from './support/hospital.ts'
import { Device, Patient } from './support/people.ts'

const hospital = await startHospital()
t.teardown(() => hospital.destroy())
const { client, realm } = hospital
const [patient, device] = [new Patient({ realm, client }), new Device(realm)]
const label = asLabel('vitals/2026-01/0')
const january = Date.UTC(2026, 0, 10)
await patient.relay(patient.registration())
await patient.signIn()
await patient.relay(patient.binding(device))
await until(() => hospital.devices.device(device.address) !== undefined)
await client.ask(`/v1/devices/${device.address}/label-keys`, {
  method: 'PUT',
  cbor: patient.labelKeys(device, [label]),
  token: patient.token,
})

const give = (cbor: Uint8Array, token = patient.token) => client.ask('/v1/batches', { cbor, token })

t.test('a sealed batch is taken as from any door, once', async (t) => {
  const { block, cid } = device.seal(patient, label, january)
  const taken = await give(block)
  t.equal(taken.status, 200)
  t.equal(taken.headers['content-type'], 'application/cbor')
  t.same(decodeAnswers(taken.bytes), [], 'the receipt follows')
  t.same(decodeAnswers((await give(block)).bytes), [], 'the same again is the same')
  const listed = await client.ask('/v1/batches', { token: patient.token })
  t.match(listed.json, { batches: [{ cid: formatCid(cid), device: device.address, state: 'stored' }] })
})

t.test('what does not count by its own signature is refused for good, by name', async (t) => {
  const { block } = device.seal(patient, label, january + 60_000)
  const reasonOf = async (bytes: Uint8Array) => decodeAnswers((await give(bytes)).bytes)
  t.match(await reasonOf(block.with(-1, (block.at(-1) ?? 0) ^ 1)), [{ refusal: { reason: 'BAD_SIGNATURE' } }])
  t.match(await reasonOf(block.subarray(0, 100)), [{ refusal: { reason: 'MALFORMED' } }])
  t.match(await reasonOf(new Device(realm).seal(patient, label, january).block), [
    { refusal: { reason: 'UNKNOWN_DEVICE' } },
  ])
  const other = asLabel('ecg/2026-01/0')
  t.match(await reasonOf(device.seal(patient, other, january).block), [
    { refusal: { reason: 'WRONG_LABEL' } },
  ])
})

t.test('only patients who signed in have this door, and nothing else fits through it', async (t) => {
  const { block } = device.seal(patient, label, january + 120_000)
  t.match(await give(block, 'nobody'), { status: 401, json: { code: 'SIGNED_OUT' } })
  t.match(await give(new Uint8Array(65_537)), { status: 413, json: { code: 'BODY_TOO_LARGE' } })
  t.match(await client.ask('/v1/batches', { json: {}, token: patient.token }), { status: 400 })
})
