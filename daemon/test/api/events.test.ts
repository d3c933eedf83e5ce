import { formatCid } from '@hygeia/protocol/sealed/cid'
import t from 'tap'
import { until } from '../link/support/until.ts'
import { Client } from './support/client.ts'
import { type EventReader, watch } from './support/events.ts'
import { startHospital } from './support/hospital.ts'
import { hex32, take } from './support/people.ts'
import { JANUARY, LABEL, OTHER_LABEL, setScene } from './support/scene.ts'

const hospital = await startHospital({
  api: {
    requestTimeoutMs: 900,
    headersTimeoutMs: 900,
    eventTimes: { heartbeatMs: 300, stuckMs: 1_000 },
    limits: { events: 10_000, streamsPerAccount: 3, streams: 6 },
  },
})
t.teardown(() => hospital.destroy())
const { patient, stranger, physician, device } = await setScene(hospital)
const at = { port: hospital.api.port, ca: hospital.tls.ca }
const open = (token: string | undefined, headers = {}) => watch({ ...at, token, headers })
let minute = 100
const send = async (label = LABEL, from = JANUARY + 60_000 * minute++) => {
  const { block, cid } = device.seal(patient, label, from)
  await take(hospital, block)
  return formatCid(cid)
}
const cidsIn = (reader: EventReader) => reader.of('batch').map(({ data }) => data.cid)

t.test('nobody watches without a session', async (t) => {
  await t.rejects(open(undefined), { message: 'SIGNED_OUT' })
  await t.rejects(open('AAAA'), { message: 'SIGNED_OUT' })
})

t.test(
  'a batch is told once it is on the disk, as it is listed, to its patient and who may see it',
  async (t) => {
    const readers = await Promise.all([patient, physician, stranger].map(({ token }) => open(token)))
    const [own, theirs, others] = readers as [EventReader, EventReader, EventReader]
    t.equal(own.response.headers['content-type'], 'text/event-stream; charset=utf-8')
    t.match(own.response.headers, { 'cache-control': 'no-store', 'x-accel-buffering': 'no' })
    const hello = await own.next('hello')
    t.equal(hello.data.isResumed, false)
    t.ok(Math.abs(Number(hello.data.now) - Date.now()) < 5_000)
    for (const reader of readers) await reader.next('hello')
    const cid = await send()
    const other = await send(OTHER_LABEL)
    const told = await own.next('batch')
    const { json } = await hospital.client.ask(`/v1/batches?limit=5000`, { token: patient.token })
    const listed = (json.batches as { cid: string }[]).find((batch) => batch.cid === cid)
    t.same(told.data, listed)
    t.match(told.data, { state: 'stored', label: LABEL })
    await own.next('batch', 2)
    t.same(cidsIn(own), [cid, other], 'in order')
    await theirs.next('batch')
    t.same(cidsIn(theirs), [cid], 'only under the label that was granted')
    const outside = await send(LABEL, Date.UTC(2027, 0))
    await own.next('batch', 3)
    const last = await send()
    await theirs.next('batch', 2)
    t.same(cidsIn(theirs), [cid, last], 'and only in the range')
    t.notOk(cidsIn(theirs).includes(outside))
    t.same(others.of('batch'), [], 'nobody else hears of it')
    for (const reader of readers) reader.close()
  },
)

t.test('from the disk to the screen takes a few milliseconds', async (t) => {
  const reader = await open(patient.token)
  await reader.next('hello')
  const tookMs: number[] = []
  for (let count = 1; count <= 50; count++) {
    const { block } = device.seal(patient, LABEL, JANUARY + 60_000 * minute++)
    await take(hospital, block)
    const stored = performance.now()
    tookMs.push((await reader.next('batch', count)).at - stored)
  }
  tookMs.sort((a, b) => a - b)
  const [median = 0, most = 0] = [tookMs[25], tookMs[47]]
  t.comment(`stored to told: median ${median.toFixed(1)} ms, 95 % within ${most.toFixed(1)} ms`)
  t.ok(most < 500, `95 % within ${most.toFixed(1)} ms`)
  reader.close()
})

t.test('what is anchored is told by its CIDs and its block', async (t) => {
  const [own, theirs] = await Promise.all([open(patient.token), open(physician.token)])
  await Promise.all([own.next('hello'), theirs.next('hello')])
  const first = hospital.store.last + 1
  const [cid, other] = [await send(), await send(OTHER_LABEL)]
  const { store, receipts } = hospital
  if (store.anchors.through < first - 1) await anchor(store.anchors.through + 1, first - 1, 41)
  await anchor(first, first + 1, 42)
  async function anchor(from: number, to: number, blockNumber: number) {
    const intent = await store.anchors.intend(
      { first: from, last: to, root: hex32(), manifest: hex32() },
      new Uint8Array(32 * (2 * (to - from + 1) - 1)),
    )
    const place = { transaction: hex32(), blockHash: hex32(), blockNumber }
    await receipts.issue(intent, await store.records(from, to), place)
  }
  await until(() => own.of('anchored').some(({ data }) => data.block === 42))
  t.same(own.of('anchored').at(-1)?.data, { cids: [cid, other], block: 42 })
  await until(() => theirs.of('anchored').some(({ data }) => data.block === 42))
  t.same(theirs.of('anchored').at(-1)?.data, { cids: [cid], block: 42 }, 'as far as it may be seen')
  own.close()
  theirs.close()
})

t.test('a stream outlives the time that a request has, and shows that it lives', async (t) => {
  const reader = await open(patient.token)
  await reader.next('hello')
  await until(() => reader.comments >= 8)
  t.notOk(reader.isEnded)
  const cid = await send()
  t.equal((await reader.next('batch')).data.cid, cid)
  reader.close()
})

t.test('who comes back is told what was missed, and nothing twice', async (t) => {
  const reader = await open(patient.token)
  await reader.next('hello')
  const before = await send()
  const { id } = await reader.next('batch')
  reader.close()
  const missed = [await send(), await send()]
  const again = await open(patient.token, { 'last-event-id': id })
  t.equal((await again.next('hello')).data.isResumed, true)
  await again.next('batch', 2)
  t.same(cidsIn(again), missed)
  t.notOk(cidsIn(again).includes(before))
  again.close()
  const byQuery = await watch({ ...at, token: patient.token, path: `/v1/events?after=${id}` })
  await byQuery.next('batch', 2)
  t.same(cidsIn(byQuery), missed)
  byQuery.close()
})

t.test('a heartbeat moves the place to go on from', async (t) => {
  const reader = await open(stranger.token)
  const { id } = await reader.next('hello')
  await send()
  await until(() => reader.lastId !== id)
  t.same(reader.of('batch'), [])
  reader.close()
})

t.test('who comes back too late, or from another life, lists anew', async (t) => {
  const { life, last } = hospital.live
  const wrong = [`${life}-${last + 1}`, `0000-${last}`, `${life}-`, 'x', `${life}-999999999999999`, '%00']
  for (const id of wrong) {
    const reader = await open(patient.token, { 'last-event-id': id })
    t.equal((await reader.next('hello')).data.isResumed, false, id)
    reader.close()
  }
  await t.rejects(open(patient.token, { 'last-event-id': 'x'.repeat(65) }), { message: 'INVALID_REQUEST' })
})

t.test('a revoked physician hears that, and nothing further, though the stream stays open', async (t) => {
  const { hash, grant, consent, parcel } = patient.grant(hospital, physician, [OTHER_LABEL])
  const [own, theirs] = await Promise.all([open(patient.token), open(physician.token)])
  await Promise.all([own.next('hello'), theirs.next('hello')])
  const place = theirs.lastId
  await hospital.client.ask('/v1/grants', { json: { grant, consent, parcel }, token: patient.token })
  t.same((await theirs.next('grant')).data, { hash, standing: 'active' })
  await own.next('audit')
  const seen = await send(OTHER_LABEL)
  await theirs.next('batch')
  t.same(cidsIn(theirs), [seen])
  const revoking = hospital.client.ask('/v1/revocations', { json: patient.revocation(hash) })
  t.same((await theirs.next('grant', 2)).data, { hash, standing: 'revoked' })
  const toldAt = theirs.of('grant')[1]?.at ?? 0
  t.equal((await revoking).status, 200)
  t.ok(toldAt < performance.now(), 'before the chain has it')
  t.same((await own.next('grant', 2)).data, { hash, standing: 'revoked' })
  for (let count = 0; count < 20; count++) await send(OTHER_LABEL)
  const marker = await send(LABEL)
  await until(() => cidsIn(theirs).includes(marker))
  t.same(cidsIn(theirs), [seen, marker], 'of twenty batches none')
  const again = await open(physician.token, { 'last-event-id': place })
  await until(() => cidsIn(again).includes(marker))
  t.same(cidsIn(again), [marker], 'also what was allowed then is not told again')
  for (const reader of [own, theirs, again]) reader.close()
})

t.test('a grant for emergencies shows nothing while it is sealed', async (t) => {
  const plain = patient.grant(hospital, physician, [OTHER_LABEL])
  const [own] = plain.document.proxies
  if (own === undefined) throw new Error('no proxy')
  const another = { ...own, hospital: stranger.address }
  const proxies = [own, another].sort((a, b) => (a.hospital < b.hospital ? -1 : 1))
  const document = { ...plain.document, proxies, emergencyMs: 3_600_000 }
  const sealed = { ...patient.consentTo(document), parcel: plain.parcel }
  const { hash, grant, consent, parcel } = sealed
  const posted = await hospital.client.ask('/v1/grants', {
    json: { grant, consent, parcel },
    token: patient.token,
  })
  t.equal(posted.status, 201, JSON.stringify(posted.json))
  await until(async () => (await hospital.grants.find(hash))?.standing === 'sealed')
  const reader = await open(physician.token)
  await reader.next('hello')
  await send(OTHER_LABEL)
  const marker = await send(LABEL)
  await until(() => cidsIn(reader).includes(marker))
  t.same(cidsIn(reader), [marker])
  reader.close()
})

t.test('only so many streams of one account, the oldest ends; and only so many in all', async (t) => {
  const mine: EventReader[] = []
  for (let count = 0; count < 4; count++) {
    const reader = await open(patient.token)
    await reader.next('hello')
    mine.push(reader)
  }
  await mine[0]?.ended()
  t.same(
    mine.map(({ isEnded }) => isEnded),
    [true, false, false, false],
  )
  const theirs = []
  for (let count = 0; count < 3; count++) theirs.push(await open(stranger.token))
  await t.rejects(open(physician.token), { message: 'LIVE_LIMIT' })
  for (const reader of [...mine, ...theirs]) reader.close()
  await until(async () => {
    const reader = await open(physician.token).catch(() => undefined)
    reader?.close()
    return reader !== undefined
  })
  t.pass('what has ended makes room')
})

t.test('a reader that takes nothing is cut, and others are served meanwhile', async (t) => {
  const about = { patient: stranger.address, physician: physician.address, standing: 'expired' as const }
  const change = { kind: 'grant' as const, ...about, hash: hex32() }
  const further = await hospital.serve(
    { eventTimes: { heartbeatMs: 300, stuckMs: 500 }, limits: { streams: 1, events: 10_000 } },
    { live: endless(change) },
  )
  const there = { ...at, port: further.port }
  const stuck = await watch({ ...there, token: stranger.token })
  await stuck.next('hello')
  stuck.response.pause()
  const other = await open(patient.token)
  await other.next('hello')
  await until(async () => {
    const reader = await watch({ ...there, token: patient.token }).catch(() => undefined)
    reader?.close()
    return reader !== undefined
  })
  t.pass('its place is free again')
  stuck.response.resume()
  await stuck.ended()
  t.pass('the stream without end has ended')
  await send()
  await other.next('batch')
  await further.stop()
  other.close()
})

/** A hospital where more happens than anybody can read. */
function endless(event: NonNullable<ReturnType<typeof hospital.live.get>>) {
  let count = 0
  return {
    life: 'aa',
    first: 1,
    get last() {
      count += 10_000
      return count
    },
    get: () => event,
    onAdded: () => () => {},
  }
}

t.test('it ends with the session', async (t) => {
  const token = await stranger.signIn()
  const reader = await open(token)
  await reader.next('hello')
  await hospital.client.ask('/v1/session', { method: 'DELETE', token })
  await reader.ended()
  t.pass()
  await stranger.signIn()
})

t.test('a hospital that stops ends its streams at once', async (t) => {
  const further = await hospital.serve({})
  const client = new Client({ port: further.port, ca: hospital.tls.ca })
  const readers = await Promise.all(
    [patient, stranger].map(({ token }) => watch({ ...at, port: further.port, token })),
  )
  for (const reader of readers) await reader.next('hello')
  const began = performance.now()
  await further.stop()
  for (const reader of readers) await reader.ended()
  const tookMs = performance.now() - began
  t.ok(tookMs < 1_000, `${tookMs.toFixed(0)} ms`)
  client.close()
})
