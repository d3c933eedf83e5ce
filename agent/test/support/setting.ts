import type { PinnedHospital } from '../../src/hospital/pairing-record.ts'
import { testFolder } from './bedside.ts'
import { makeCertificates, type TestCertificates } from './certificates.ts'
import { type ApiState, type BrokerDoor, type Door, Nonces, openApi, openBroker, openCoap } from './doors.ts'
import { TestHospital, type TestHospitalOptions } from './hospital.ts'
import { Patient } from './patient.ts'

/** A patient, and a hospital with all of its doors. */
export interface Setting {
  readonly folder: string
  readonly tls: TestCertificates
  readonly patient: Patient
  readonly hospital: TestHospital
  readonly api: Door
  readonly apiState: ApiState
  readonly broker: BrokerDoor
  readonly coap: Door
  /** As a device pins it. */
  readonly pinned: PinnedHospital
}

type Teardown = { teardown(work: () => unknown): unknown }

export async function makeSetting(t: Teardown, options: TestHospitalOptions = {}): Promise<Setting> {
  const folder = await testFolder(t)
  const tls = await makeCertificates()
  const hospital = new TestHospital(options)
  t.teardown(() => hospital.close())
  const apiState: ApiState = { nonces: new Nonces(), mailboxes: new Map(), realm: {} }
  const api = await openApi(tls, apiState)
  t.teardown(() => api.close())
  const broker = await openBroker(tls, hospital, apiState.nonces)
  t.teardown(() => broker.close())
  const coap = await openCoap(hospital)
  t.teardown(() => coap.close())
  const pinned: PinnedHospital = {
    hospital: hospital.operator,
    receiptKey: hospital.receiptSigner.address,
    api: api.url,
    ca: tls.ca,
    mqtt: broker.url,
    coap: coap.url,
    periodSec: hospital.periodMs / 1_000,
  }
  const { mqtt, periodSec } = pinned
  apiState.realm = {
    hospital: pinned.hospital,
    receiptKey: pinned.receiptKey,
    mqtt,
    coap: coap.url,
    periodSec,
  }
  return { folder, tls, patient: new Patient(), hospital, api, apiState, broker, coap, pinned }
}
