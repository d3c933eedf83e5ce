import { asLabel } from '@hygeia/protocol/label'
import { formatCid } from '@hygeia/protocol/sealed/cid'
import { until } from '../../link/support/until.ts'
import type { Hospital } from './hospital.ts'
import { Device, Patient, Physician, take } from './people.ts'

export const LABEL = asLabel('vitals/2026-01/0')
export const OTHER_LABEL = asLabel('ecg/2026-01/0')
export const JANUARY = Date.UTC(2026, 0, 10)

export type Scene = Awaited<ReturnType<typeof setScene>>

/** A hospital with a patient, a device that sent ten batches, and a physician with a grant to them; all signed in. */
export async function setScene(hospital: Hospital) {
  const { client, realm } = hospital
  const people = { realm, client }
  const [patient, stranger, physician] = [new Patient(people), new Patient(people), new Physician(people)]
  const device = new Device(realm)
  await Promise.all([patient, stranger, physician].map((one) => one.relay(one.registration())))
  const path = `/v1/operator/physicians/${physician.address}/admission`
  await Promise.all([
    client.ask(path, { method: 'POST', token: hospital.operatorToken }),
    patient.relay(patient.binding(device)),
  ])
  await until(() => hospital.devices.device(device.address) !== undefined)
  await Promise.all([patient, stranger, physician].map((one) => one.signIn()))
  await client.ask(`/v1/devices/${device.address}/label-keys`, {
    method: 'PUT',
    cbor: patient.labelKeys(device, [LABEL, OTHER_LABEL]),
    token: patient.token,
  })
  const batches = Array.from({ length: 10 }, (_, index) =>
    device.seal(patient, LABEL, JANUARY + index * 60_000),
  )
  for (const { block } of batches) await take(hospital, block)
  const granted = patient.grant(hospital, physician, [LABEL])
  const { grant, consent, parcel } = granted
  await client.ask('/v1/grants', { json: { grant, consent, parcel }, token: patient.token })
  return { patient, stranger, physician, device, granted, cids: batches.map(({ cid }) => formatCid(cid)) }
}
