import { decode, encode } from '@ipld/dag-cbor'
import t from 'tap'
import {
  areDeviceHospitalsSigned,
  DEVICE_HOSPITALS_LIMIT_BYTES,
  decodeDeviceHospitals,
  encodeDeviceHospitals,
  signDeviceHospitals,
} from '../../../src/device-hospitals/device-hospitals.ts'
import { fromHex } from '../../../src/ids.ts'
import { HOSPITAL_LIMIT } from '../../../src/pairing/enrolment.ts'
import { keySigner, recoverAddress } from '../../../src/signature.ts'
import { realm, signerOf } from '../../vector-checks/realm.ts'
import documents from '../../vectors/documents.json' with { type: 'json' }

const vector = documents['device hospitals']
const signed = decodeDeviceHospitals(fromHex(vector.bytes))
const [first, second] = signed.hospitals
if (first === undefined || second === undefined) throw new Error('two hospitals')

t.test('only the patient says which hospitals, in which order, for one device and realm', async (t) => {
  const by = (changed: object) => areDeviceHospitalsSigned(realm, { ...signed, ...changed }, recoverAddress)
  t.ok(by({}))
  t.notOk(by({ serial: signed.serial + 1 }), 'not another serial')
  t.notOk(by({ hospitals: [second, first] }), 'not the other first')
  t.notOk(by({ hospitals: [first] }), 'not fewer')
  t.notOk(by({ hospitals: [{ ...first, caHash: second.caHash }, second] }), 'not another certificate')
  t.notOk(by({ device: signed.patient }), 'not for another device')
  t.notOk(by(signDeviceHospitals(realm, signed, keySigner(new Uint8Array(32).fill(1)))), 'not by another')
  t.notOk(areDeviceHospitalsSigned({ ...realm, chainId: 1 }, signed, recoverAddress), 'not on another chain')
})

t.test('as many hospitals as are allowed, with the longest addresses, can be sent', async (t) => {
  const hospitals = Array.from({ length: HOSPITAL_LIMIT }, (_, index) => ({
    ...first,
    hospital: keySigner(new Uint8Array(32).fill(index + 1)).address,
    api: `https://${'h'.repeat(248)}`,
  }))
  const bytes = encodeDeviceHospitals(signDeviceHospitals(realm, { ...signed, hospitals }, signerOf(vector)))
  t.ok(bytes.length < DEVICE_HOSPITALS_LIMIT_BYTES, `${bytes.length} bytes`)
  t.equal(decodeDeviceHospitals(bytes).hospitals.length, HOSPITAL_LIMIT)
})

t.test('a list that says nothing sensible is refused', async (t) => {
  const fields = decode<unknown[]>(fromHex(vector.bytes))
  const [one, other] = fields[4] as unknown[][]
  if (one === undefined) throw new Error('two hospitals')
  const wrong: Record<string, readonly [field: number, value: unknown]> = {
    'no hospital': [4, []],
    'a hospital twice': [4, [one, one]],
    'more than can be looked after': [4, Array(9).fill(other)],
    'an address without TLS': [4, [one.with(3, 'http://hospital.example')]],
    'an address that is none': [4, [one.with(3, 'https://')]],
    'serial 0, which stands for no list': [3, 0],
  }
  for (const [name, [field, value]] of Object.entries(wrong)) {
    t.throws(() => decodeDeviceHospitals(encode(fields.with(field, value))), { code: 'MALFORMED' }, name)
  }
})
