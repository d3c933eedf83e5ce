import type { Asked } from '../support/client.ts'
import { hex32 } from '../support/people.ts'
import { type Case, highS, json, type Stage } from './case.ts'

type Body = Record<string, unknown>

/** Requests for re-encryption, for blocks, for lists, and of the chain. */

export function requests({ hospital, patient, stranger, physician, granted, cids }: Stage): readonly Case[] {
  const to = '/v1/reencryptions'
  const sent = (asked: unknown, by = physician): Asked => ({ json: asked, token: by.token })
  const asked = (changes: object = {}) => physician.request(hospital, granted.hash, cids, changes)
  const good = asked()
  const bent = (changes: Body) => ({ ...good, request: { ...good.request, ...changes } })
  const [first = ''] = cids
  const batches = (query: string): Asked => ({ token: physician.token, headers: { 'x-query': query } })
  return [
    ['no batch', 'INVALID_REQUEST', to, sent(bent({ batches: [] }))],
    ['10,001 batches', 'INVALID_REQUEST', to, sent(bent({ batches: Array(10_001).fill(first) }))],
    ['a CID in upper case', 'INVALID_REQUEST', to, sent(bent({ batches: [first.toUpperCase()] }))],
    [
      'a CID of version 0',
      'INVALID_REQUEST',
      to,
      sent(bent({ batches: ['QmYwAPJzv5CZsnA625s3Xf2nemtYgPpHdWEz79ojWnPbdG'] })),
    ],
    [
      'a CID of another codec',
      'INVALID_REQUEST',
      to,
      sent(bent({ batches: ['bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy'] })),
    ],
    ['a high s', 'MALFORMED', to, sent({ ...good, signature: highS(good.signature) })],
    ['another request than was signed', 'REQUEST_SIGNATURE', to, sent(bent({ batches: [first] }))],
    ['a request that is over', 'REQUEST_EXPIRED', to, sent(asked({ expires: Date.now() - 1 }))],
    ['a request for ever', 'REQUEST_EXPIRED', to, sent(asked({ expires: Date.now() + 90_000_000 }))],
    ['a request for other proxies', 'REQUEST_FOR_OTHERS', to, sent(asked({ proxies: [stranger.address] }))],
    [
      "somebody else's request",
      'NOT_YOURS',
      to,
      sent({ ...good, request: { ...good.request, physician: stranger.address } }),
    ],
    ['a grant that is not known', 'GRANT_UNKNOWN', to, sent(asked({ grant: hex32() }))],
    ['no CID', 'INVALID_REQUEST', '/v1/blocks', json({ cids: [] }, physician.token)],
    [
      '2,001 CIDs',
      'INVALID_REQUEST',
      '/v1/blocks',
      json({ cids: Array(2_001).fill(first) }, physician.token),
    ],
    ['a CID that is a number', 'INVALID_REQUEST', '/v1/blocks', json({ cids: [7] }, physician.token)],
    [
      'a list under a grant that is not known',
      'GRANT_UNKNOWN',
      `/v1/batches?grant=${hex32()}`,
      { token: physician.token },
    ],
    [
      "a list under somebody else's grant",
      'GRANT_UNKNOWN',
      `/v1/batches?grant=${granted.hash}`,
      { token: stranger.token },
    ],
    ["a physician's own list", 'NOT_YOURS', '/v1/batches', { token: physician.token }],
    ['a page of nothing', 'INVALID_REQUEST', '/v1/batches?limit=0', { token: patient.token }],
    ['too large a page', 'INVALID_REQUEST', '/v1/batches?limit=5001', { token: patient.token }],
    ['a cursor that is none', 'INVALID_REQUEST', '/v1/batches?cursor=../..', { token: patient.token }],
    ['a parameter twice', 'INVALID_REQUEST', '/v1/batches?limit=1&limit=2', { token: patient.token }],
    ['an unknown parameter', 'INVALID_REQUEST', '/v1/batches?order=asc', batches('order')],
    ['a receipt of what is not held', 'NOT_FOUND', `/v1/receipts/${first}`, {}],
    ['a cursor that is no number', 'INVALID_REQUEST', '/v1/audit?cursor=-1', { token: patient.token }],
    ['a call that is no call', 'INVALID_REQUEST', '/v1/chain', json({ method: 'eth_chainId' })],
    ['no call at all', 'INVALID_REQUEST', '/v1/chain', json([])],
    [
      '101 calls',
      'INVALID_REQUEST',
      '/v1/chain',
      json(Array(101).fill({ jsonrpc: '2.0', id: 1, method: 'eth_chainId' })),
    ],
    [
      'too large a call',
      'BODY_TOO_LARGE',
      '/v1/chain',
      json({ jsonrpc: '2.0', id: 1, method: 'eth_call', params: ['x'.repeat(200_000)] }),
    ],
  ]
}
