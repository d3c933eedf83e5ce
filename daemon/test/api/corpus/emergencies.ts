import { signBreakGlass } from '@hygeia/protocol/emergency/emergency'
import { signHospitalAddress } from '@hygeia/protocol/hospital/address'
import { type Hex32, toHex } from '@hygeia/protocol/ids'
import type { UnixMs } from '@hygeia/protocol/units'
import { hex32 } from '../support/people.ts'
import { type Case, highS, json, type Stage, ZEROS } from './case.ts'

/** Glasses that are not to be broken, and hospitals that are not where somebody says. */

export function emergencies({ hospital, patient, stranger, physician, granted }: Stage): readonly Case[] {
  const { realm } = hospital
  const { operator } = hospital.hospital
  const witness = '/v1/emergencies/witness'
  const base = {
    physician: physician.address,
    grant: granted.hash,
    reason: 'nobody to ask',
    salt: hex32(),
    expires: (Date.now() + 600_000) as UnixMs,
  }
  const signed = (changes: Partial<typeof base> = {}, signer = physician.signer) => {
    const { signature, ...glass } = signBreakGlass(realm, { ...base, ...changes }, signer)
    return { ...glass, signature: toHex(signature) }
  }
  const asked = (breakGlass: object, by = physician) => json({ breakGlass, hospital: operator }, by.token)
  const good = signed()
  const message = {
    patient: patient.address,
    grant: granted.hash,
    reason: hex32(),
    hospital: operator,
    nonce: '1',
    deadline: Math.floor(Date.now() / 1_000) + 600,
  }
  const address = {
    hospital: operator,
    api: 'https://elsewhere.example',
    caHash: hex32() as Hex32,
    issued: (Date.now() + 1_000) as UnixMs,
  }
  const forged = signHospitalAddress(realm, { ...address, hospital: stranger.address }, stranger.signer)
  const told = (changes: object = {}) => {
    const { hospital: _, signature, ...stated } = forged
    return { method: 'PUT', json: { ...stated, signature: toHex(signature), ...changes } } as const
  }
  const toStranger = `/v1/hospitals/${stranger.address}`
  return [
    ['nobody in an emergency', 'SIGNED_OUT', witness, json({ breakGlass: good, hospital: operator })],
    ['a patient in an emergency', 'NOT_YOURS', witness, json({}, patient.token)],
    ['no reason', 'INVALID_REQUEST', witness, asked({ ...good, reason: '' })],
    ['a reason without end', 'INVALID_REQUEST', witness, asked({ ...good, reason: 'x'.repeat(65) })],
    ['another reason than was signed', 'EMERGENCY_SIGNATURE', witness, asked({ ...good, reason: 'other' })],
    [
      'an emergency with a high s',
      'MALFORMED',
      witness,
      asked({ ...good, signature: highS(good.signature) }),
    ],
    ['an emergency signed by nobody', 'MALFORMED', witness, asked({ ...good, signature: ZEROS })],
    ['an emergency that is over', 'EMERGENCY_EXPIRED', witness, asked(signed({ expires: 1 as UnixMs }))],
    [
      'an emergency for ever',
      'EMERGENCY_EXPIRED',
      witness,
      asked(signed({ expires: (Date.now() + 90_000_000) as UnixMs })),
    ],
    ['a grant that is for no emergency', 'EMERGENCY_UNKNOWN', witness, asked(good)],
    ['an emergency under no grant', 'EMERGENCY_UNKNOWN', witness, asked(signed({ grant: hex32() }))],
    [
      'to open what is for no emergency',
      'EMERGENCY_UNKNOWN',
      '/v1/emergencies',
      json(
        { breakGlass: good, witnessed: { message, witness: stranger.address, signature: good.signature } },
        physician.token,
      ),
    ],
    ['a patient who agrees', 'OPERATOR_ONLY', '/v1/operator/emergencies', { token: patient.token }],
    [
      'to agree to nothing',
      'NOT_FOUND',
      `/v1/operator/emergencies/${hex32()}/agreement`,
      { method: 'POST', token: hospital.operatorToken },
    ],
    ['an address of no hospital', 'HOSPITAL_UNKNOWN', toStranger, told()],
    ['an address that is no https', 'INVALID_REQUEST', toStranger, told({ api: 'http://elsewhere.example' })],
    [
      'an address that ends in a slash',
      'INVALID_REQUEST',
      toStranger,
      told({ api: 'https://elsewhere.example/' }),
    ],
  ]
}
