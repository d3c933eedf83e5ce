import type { Asked } from '../support/client.ts'
import { type Case, json, type Stage } from './case.ts'

/** Doors that are shut to who knocks, or not there. */

export function doors({ patient, physician }: Stage): readonly Case[] {
  const bearer = (value: string): Asked => ({ headers: { authorization: value } })
  return [
    ['nobody', 'SIGNED_OUT', '/v1/grants', {}],
    ['a token that was not given', 'SIGNED_OUT', '/v1/grants', bearer('Bearer AAAA')],
    ['another scheme', 'SIGNED_OUT', '/v1/grants', bearer('Basic QTpC')],
    [
      'a cookie that was not given',
      'SIGNED_OUT',
      '/v1/grants',
      { headers: { cookie: '__Host-hygeia=AAAA' } },
    ],
    ['a cookie that is none', 'SIGNED_OUT', '/v1/grants', { headers: { cookie: ';;;=;%%%' } }],
    ['signing out without being in', 'SIGNED_OUT', '/v1/session', { method: 'DELETE' }],
    ['a physician as a patient', 'NOT_YOURS', '/v1/audit', { token: physician.token }],
    ['a patient as a physician', 'NOT_YOURS', '/v1/reencryptions', json({}, patient.token)],
    ['nobody with a body', 'SIGNED_OUT', '/v1/reencryptions', json({})],
    ['nobody as the operator', 'OPERATOR_ONLY', '/v1/operator/status', {}],
    ['a patient as the operator', 'OPERATOR_ONLY', '/v1/operator/status', { token: patient.token }],
    ['a way that is not served', 'NO_SUCH_ROUTE', '/v1/nothing', {}],
    ['a method that is not served', 'NO_SUCH_ROUTE', '/v1/realm', { method: 'DELETE' }],
    ['a way up', 'NO_SUCH_ROUTE', '/v1/../v1/realm', {}],
    ['an encoded way up', 'NO_SUCH_ROUTE', '/v1/%2e%2e/realm', {}],
    ['a doubled slash', 'NO_SUCH_ROUTE', '//v1/realm', {}],
    ['an encoding that is none', 'BAD_URL', '/v1/receipts/%ZZ', {}],
    ['a way up in a parameter', 'INVALID_REQUEST', '/v1/receipts/..%2f..%2fetc%2fpasswd', {}],
    ['a null byte in a parameter', 'INVALID_REQUEST', '/v1/receipts/%00', {}],
    ['a parameter without end', 'BAD_URL', `/v1/receipts/${'b'.repeat(200)}`, {}],
    ['an address without end', 'HEADERS_TOO_LARGE', `/v1/realm?${'x'.repeat(10_000)}`, {}],
  ]
}
