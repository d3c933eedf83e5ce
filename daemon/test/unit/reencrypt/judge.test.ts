import type { Grant } from '@hygeia/protocol/grant/grant'
import type { Address, Hex32 } from '@hygeia/protocol/ids'
import { asLabel } from '@hygeia/protocol/label'
import type { UnixMs } from '@hygeia/protocol/units'
import t from 'tap'
import { judgeBatch, judgeGrant, judgeRequest, REQUEST_LIFE_MS } from '../../../src/reencrypt/judge.ts'

const [hospital, physician, device] = ['a', 'b', 'c'].map((digit) => `0x${digit.repeat(40)}` as Address) as [
  Address,
  Address,
  Address,
]
const at = (ms: number) => ms as UnixMs
const label = asLabel('vitals/2026-01/0')
const grant = {
  physician,
  dataFrom: at(100),
  dataTo: at(200),
  accessFrom: at(1_000),
  accessTo: at(2_000),
} as Grant
const held = { hash: `0x${'11'.repeat(32)}` as Hex32, grant, standing: 'active' as const }

t.test('a request is for this proxy, and for now', async (t) => {
  const request = {
    physician,
    grant: held.hash,
    batches: [],
    proxies: [hospital],
    nonce: held.hash,
    expires: at(5_001),
  }
  t.equal(judgeRequest(request, hospital, at(5_000)), undefined)
  t.match(judgeRequest(request, physician, at(5_000)), { code: 'REQUEST_FOR_OTHERS' })
  t.match(judgeRequest(request, hospital, at(5_001)), { code: 'REQUEST_EXPIRED' })
  const longest = { ...request, expires: at(5_000 + REQUEST_LIFE_MS) }
  t.equal(judgeRequest(longest, hospital, at(5_000)), undefined)
  t.match(judgeRequest(longest, hospital, at(4_999)), { code: 'REQUEST_EXPIRED' })
})

t.test('a grant is its physician’s, and has a beginning and an end', async (t) => {
  const now = at(1_500)
  t.equal(judgeGrant(held, physician, now), undefined)
  t.equal(judgeGrant({ ...held, standing: 'pending' }, physician, now), undefined, 'the chain decides')
  const cases = [
    ['GRANT_UNKNOWN', undefined, physician, now],
    ['GRANT_UNKNOWN', held, device, now],
    ['GRANT_UNKNOWN', { ...held, standing: 'revoked' as const }, device, now],
    ['GRANT_REVOKED', { ...held, standing: 'revoked' as const }, physician, now],
    ['GRANT_EXPIRED', { ...held, standing: 'expired' as const }, physician, now],
    ['GRANT_EXPIRED', held, physician, at(2_000)],
    ['GRANT_NOT_YET', held, physician, at(999)],
  ] as const
  for (const [code, known, who, when] of cases)
    t.match(judgeGrant(known, who, when), { code }, `${code} at ${when}`)
  t.equal(judgeGrant(held, physician, at(1_000)), undefined, 'from its first instant')
  t.equal(judgeGrant(held, physician, at(1_999)), undefined, 'to its last')
})

t.test('a batch is covered when it lies wholly within, ends included', async (t) => {
  const labels = new Set([label])
  const mine = (one: Address) => one === device
  const batch = (from: number, to: number, under = label) => ({
    device,
    label: under,
    from: at(from),
    to: at(to),
  })
  t.equal(judgeBatch(batch(100, 200), grant, labels, mine), undefined)
  t.match(judgeBatch(batch(99, 200), grant, labels, mine), { code: 'OUTSIDE_GRANT' })
  t.match(judgeBatch(batch(100, 201), grant, labels, mine), { code: 'OUTSIDE_GRANT' })
  t.match(
    judgeBatch(batch(150, 160, asLabel('vitals/2026-01/1')), grant, labels, mine),
    { code: 'OUTSIDE_GRANT' },
    'another generation',
  )
  t.match(judgeBatch(undefined, grant, labels, mine), { code: 'BATCH_UNKNOWN' })
  t.match(
    judgeBatch({ ...batch(150, 160), device: physician }, grant, labels, mine),
    { code: 'BATCH_UNKNOWN' },
    "another patient's",
  )
})
