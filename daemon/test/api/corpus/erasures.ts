import { signErasure } from '@hygeia/protocol/erasure/erasure'
import { toHex } from '@hygeia/protocol/ids'
import type { UnixMs } from '@hygeia/protocol/units'
import { type Case, highS, json, type Stage } from './case.ts'

/** Orders to erase that are not to be carried out. */

export function erasures({ hospital, patient, stranger, physician }: Stage): readonly Case[] {
  const to = '/v1/erasures'
  const base = {
    patient: patient.address,
    from: 0 as UnixMs,
    to: 1_000 as UnixMs,
    expires: (Date.now() + 600_000) as UnixMs,
  }
  const order = (changes: Partial<typeof base> = {}, signer = patient.signer) => {
    const { signature, ...erasure } = signErasure(hospital.realm, { ...base, ...changes }, signer)
    return { ...erasure, signature: toHex(signature) }
  }
  const sent = (body: object) => json(body, patient.token)
  const good = order()
  return [
    ['nobody who erases', 'SIGNED_OUT', to, json(good)],
    ['a physician who erases', 'NOT_YOURS', to, json(good, physician.token)],
    ["somebody else's data", 'NOT_YOURS', to, sent({ ...good, patient: stranger.address })],
    ['another range than was signed', 'ERASURE_SIGNATURE', to, sent({ ...good, to: 2_000 })],
    ['an order by somebody else', 'ERASURE_SIGNATURE', to, sent(order({}, stranger.signer))],
    ['an order with a high s', 'MALFORMED', to, sent({ ...good, signature: highS(good.signature) })],
    ['an order that is over', 'ERASURE_EXPIRED', to, sent(order({ expires: 1 as UnixMs }))],
    [
      'an order for ever',
      'ERASURE_EXPIRED',
      to,
      sent(order({ expires: (Date.now() + 90_000_000) as UnixMs })),
    ],
    ['an order without a range', 'INVALID_REQUEST', to, sent({ ...good, to: undefined })],
  ]
}
