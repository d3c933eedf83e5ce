import type { Hex } from '@hygeia/protocol/ids'
import { hex32, inAnHour, Patient } from '../support/people.ts'
import { type Case, highS, json, type Stage, ZEROS } from './case.ts'

type Body = Record<string, unknown>

/** Statements for the chain. */

export function statements({ hospital, patient, stranger, device, granted }: Stage): readonly Case[] {
  const { realm, client } = hospital
  const elsewhere = { ...realm, chainId: realm.chainId + 1 }
  const to = '/v1/relay'
  const good = patient.registration() as unknown as { message: Body; signature: Hex }
  const bent = (changes: Body) => json({ ...good, ...changes })
  const told = (changes: Body) => bent({ message: { ...good.message, ...changes } })
  const abroad = new Patient({ realm: elsewhere, client })
  const expired = { patient: patient.address, grant: hex32(), accessEnd: inAnHour(), nonce: 1n, deadline: 1 }
  return [
    ['an unknown kind', 'INVALID_REQUEST', to, bent({ kind: 'mint' })],
    ['an unknown field', 'INVALID_REQUEST', to, bent({ extra: 1 })],
    ['an unknown field in the message', 'INVALID_REQUEST', to, told({ extra: 1 })],
    ['no signature', 'INVALID_REQUEST', to, bent({ signature: undefined })],
    ['a short signature', 'INVALID_REQUEST', to, bent({ signature: '0x00' })],
    ['a signature of 65 bytes', 'INVALID_REQUEST', to, bent({ signature: `${good.signature}00` })],
    [
      'an address in upper case',
      'INVALID_REQUEST',
      to,
      told({ patient: `0x${patient.address.slice(2).toUpperCase()}` }),
    ],
    ['an address that is too short', 'INVALID_REQUEST', to, told({ patient: '0xab' })],
    ['an address that is a number', 'INVALID_REQUEST', to, told({ patient: 7 })],
    ['a nonce that is a number', 'INVALID_REQUEST', to, told({ nonce: 1 })],
    ['a negative nonce', 'INVALID_REQUEST', to, told({ nonce: '-1' })],
    ['a nonce with a leading zero', 'INVALID_REQUEST', to, told({ nonce: '01' })],
    ['a nonce of 257 bits', 'INVALID_REQUEST', to, told({ nonce: String(2n ** 256n) })],
    ['a nonce in hex', 'INVALID_REQUEST', to, told({ nonce: '0x01' })],
    ['a fraction of a deadline', 'INVALID_REQUEST', to, told({ deadline: inAnHour() + 0.5 })],
    ['a negative deadline', 'INVALID_REQUEST', to, told({ deadline: -1 })],
    ['a deadline beyond all years', 'INVALID_REQUEST', to, told({ deadline: 2 ** 60 })],
    ['a high s', 'MALFORMED', to, bent({ signature: highS(good.signature) })],
    ['a signature of zeros', 'MALFORMED', to, bent({ signature: ZEROS })],
    ['an r beyond the curve', 'MALFORMED', to, bent({ signature: `0x${'ff'.repeat(32)}${'11'.repeat(32)}` })],
    ['another message than was signed', 'STATEMENT_SIGNATURE', to, told({ nonce: '5' })],
    ['a statement for another chain', 'STATEMENT_SIGNATURE', to, json(abroad.registration())],
    [
      'a deadline that has passed',
      'STATEMENT_EXPIRED',
      to,
      json({ kind: 'grant', message: expired, signature: good.signature }),
    ],
    ['a patient who is registered', 'CONTRACT_REFUSED', to, json(patient.registration())],
    ['a device that is bound', 'CONTRACT_REFUSED', to, json(stranger.binding(device))],
    [
      'a revocation by somebody else',
      'REVOCATION_SIGNATURE',
      '/v1/revocations',
      json(patient.revocation(granted.hash, stranger.signer)),
    ],
    [
      'a revocation with a high s',
      'MALFORMED',
      '/v1/revocations',
      json({
        ...patient.revocation(granted.hash),
        signature: highS(patient.revocation(granted.hash).signature),
      }),
    ],
    [
      'a revocation by nobody',
      'PATIENT_UNKNOWN',
      '/v1/revocations',
      json(new Patient({ realm, client }).revocation(hex32())),
    ],
    [
      'a revocation by another door',
      'REVOCATION_SIGNATURE',
      to,
      json({ kind: 'revoke', ...patient.revocation(granted.hash, stranger.signer) }),
    ],
  ]
}
