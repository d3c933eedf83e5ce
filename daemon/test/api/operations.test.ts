import { randomBytes } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { fingerprint } from '@hygeia/protocol/grant/physician-key'
import { type Address, toHex } from '@hygeia/protocol/ids'
import type { UnixMs } from '@hygeia/protocol/units'
import t from 'tap'
import { brokenAt, type LoggedAct } from '../../src/ops/log.ts'
import { addStaff, removeStaff, type StaffRole } from '../../src/staff/file.ts'
import { until } from '../link/support/until.ts'
import { startHospital } from './support/hospital.ts'
import { Colleague, Physician } from './support/people.ts'
import { setScene } from './support/scene.ts'

const hospital = await startHospital()
t.teardown(() => hospital.destroy())
const { client, staffFile } = hospital
const { patient, physician, device } = await setScene(hospital)
const list = (who: Colleague, role: StaffRole) =>
  addStaff(staffFile, { address: who.address, role, added: Date.now() as UnixMs })
const [viewer, first, second] = [new Colleague(hospital), new Colleague(hospital), new Colleague(hospital)]
await list(viewer, 'viewer')
await list(first, 'operator')
await list(second, 'operator')
for (const one of [viewer, first, second]) await one.signIn()
const read = (view: string, who: { token: string | undefined } = viewer) =>
  client.ask(`/v1/ops/${view}`, { token: who.token })
const propose = (act: string, subject: string, who = first, further = {}) =>
  client.ask('/v1/ops/proposals', { token: who.token, json: { motion: { act, subject, ...further } } })
const decide = (id: unknown, noun: 'approval' | 'rejection', who: Colleague) =>
  client.ask(`/v1/ops/proposals/${id}/${noun}`, { method: 'POST', token: who.token })
const newcomer = async () => {
  const one = new Physician(hospital)
  await one.relay(one.registration())
  return one
}
const VIEWS = [
  'validator',
  'ipfs',
  'ingest',
  'devices',
  'proxies',
  'certificates',
  'physicians',
  'log',
  'proposals',
]

t.test('only staff that is listed sees how the hospital is', async (t) => {
  for (const view of VIEWS) {
    t.equal((await read(view)).status, 200, view)
    t.match(await read(view, { token: undefined }), { status: 401, json: { code: 'SIGNED_OUT' } }, view)
    t.match(await read(view, patient), { status: 403, json: { code: 'STAFF_ONLY' } }, view)
    t.match(await read(view, physician), { status: 403, json: { code: 'STAFF_ONLY' } }, view)
    t.match(await read(view, { token: hospital.operatorToken }), { status: 401 }, `${view}: no session`)
  }
  const nobody = new Colleague(hospital)
  await t.rejects(nobody.signIn(), { message: /NOT_REGISTERED/ })
})

t.test(
  'whoever is added, changed or removed is so from the next request on, without a restart',
  async (t) => {
    const one = new Colleague(hospital)
    await list(one, 'viewer')
    await one.signIn()
    t.equal((await read('ipfs', one)).status, 200)
    const subject = `0x${'ab'.repeat(20)}`
    t.match(await propose('suspend-physician', subject, one), {
      status: 403,
      json: { code: 'OPERATORS_ONLY' },
    })
    await list(one, 'operator')
    const proposed = await propose('suspend-physician', subject, one)
    t.equal(proposed.status, 201)
    t.equal((await decide(proposed.json.id, 'rejection', one)).status, 200)
    t.ok(await removeStaff(staffFile, one.address))
    t.match(await read('ipfs', one), { status: 403, json: { code: 'STAFF_ONLY' } })
    await t.rejects(one.signIn(), { message: /NOT_REGISTERED/ })
    t.notOk(await removeStaff(staffFile, one.address), 'nor is there anybody to remove')
  },
)

t.test('a list that cannot be read lets nobody in', async (t) => {
  const held = await readFile(staffFile)
  for (const broken of [
    '',
    '{"version":1',
    '{"version":1,"staff":[{"address":"0x00","role":"viewer","added":0}]}',
  ]) {
    await writeFile(staffFile, broken)
    t.match(await read('ipfs'), { status: 403 }, broken)
    await t.rejects(list(viewer, 'viewer'), { code: 'STAFF_UNREADABLE' }, 'and is not written over')
  }
  await writeFile(staffFile, held)
  t.equal((await read('ipfs')).status, 200)
})

t.test('what the views say is so', async (t) => {
  const validator = hospital.keys.accounts.validator.signer.address
  t.match((await read('validator')).json, {
    chainId: hospital.realm.chainId,
    periodSec: 1,
    isStalled: false,
    validators: [{ address: validator }],
    proposals: [],
  })
  t.match((await read('ipfs')).json, { node: 'embedded', batches: { taken: 10 }, objects: 10, faulty: [] })
  hospital.incidents.note({ door: 'mqtt', reason: 'FORKED', device: device.address })
  hospital.incidents.note({ door: 'mqtt', reason: 'UNKNOWN_DEVICE', device: patient.address })
  hospital.incidents.note({ door: 'consortium', reason: 'MANIFEST_LOST', device: physician.address })
  const { json: ingest } = await read('ingest')
  const { devices } = (await read('devices')).json as { devices: { device: string; lastSeen: number }[] }
  t.equal(devices.length, 1)
  const [{ device: name = '', lastSeen = 0 } = {}] = devices
  t.match(name, /^[0-9a-f]{16}$/)
  t.ok(Date.now() - lastSeen < 120_000)
  t.match(ingest.incidents, [
    { reason: 'MANIFEST_LOST', device: null, hospital: physician.address, count: 1 },
    { reason: 'UNKNOWN_DEVICE', device: null, hospital: null, count: 1 },
    { reason: 'FORKED', device: name, hospital: null, count: 1 },
  ])
  t.match(ingest.refusals, [
    { reason: 'FORKED', count: 1 },
    { reason: 'UNKNOWN_DEVICE' },
    { reason: 'MANIFEST_LOST', door: 'consortium' },
  ])
  await client.ask(`/v1/physicians/${physician.address}/key`, { method: 'PUT', json: physician.signedKey() })
  t.match((await read('physicians')).json, {
    physicians: [
      { address: physician.address, status: 'active', fingerprint: fingerprint(physician.receivingKey) },
    ],
  })
  const { certificates } = (await read('certificates')).json as {
    certificates: { role: string; days: number }[]
  }
  t.match(certificates, [{ role: 'devices', names: ['localhost', '127.0.0.1'] }, { role: 'authority' }])
  t.ok(certificates.every(({ days }) => days > 800))
  t.match((await read('proxies')).json, {
    hospitals: [{ operator: hospital.hospital.operator, status: 'active', isOwn: true }],
  })
})

t.test('what takes two people is done when the second agrees, and not before', async (t) => {
  const one = await newcomer()
  const { status, json } = await propose('admit-physician', one.address)
  t.equal(status, 201)
  t.match(json, { state: 'open', proposer: first.address, act: 'admit-physician', subject: one.address })
  t.equal((await hospital.onChain.physician(one.address))?.status, 'registered')
  t.match(await decide(json.id, 'approval', first), { status: 403, json: { code: 'SECOND_PERSON' } })
  t.match(await decide(json.id, 'approval', viewer), { status: 403, json: { code: 'OPERATORS_ONLY' } })
  t.equal((await hospital.onChain.physician(one.address))?.status, 'registered')
  const done = await decide(json.id, 'approval', second)
  t.match(done.json, {
    state: 'carried-out',
    decided: { by: second.address },
    outcome: { votes: 1, majority: 1, isCarried: true },
  })
  t.equal((await hospital.onChain.physician(one.address))?.status, 'active')
  t.match(await decide(json.id, 'approval', second), { status: 409, json: { code: 'PROPOSAL_CLOSED' } })
})

t.test('of two clicks one counts', async (t) => {
  const one = await newcomer()
  const proposed = await Promise.all([
    propose('admit-physician', one.address),
    propose('admit-physician', one.address, second),
  ])
  t.same(proposed.map(({ status }) => status).sort(), [201, 409])
  const taken = proposed.find(({ status }) => status === 201)?.json ?? {}
  const approver = taken.proposer === first.address ? second : first
  const clicks = await Promise.all([1, 2, 3].map(() => decide(taken.id, 'approval', approver)))
  t.same(clicks.map(({ json }) => json.code ?? json.state).sort(), [
    'PROPOSAL_CLOSED',
    'PROPOSAL_CLOSED',
    'carried-out',
  ])
})

t.test('what the contract refuses is said to have failed, and why', async (t) => {
  const stranger = toHex(randomBytes(20))
  const { json } = await propose('suspend-physician', stranger)
  t.match((await decide(json.id, 'approval', second)).json, { state: 'failed', fault: /^Directory/ })
})

t.test('validators and hospitals take two people as well', async (t) => {
  const candidate = toHex(randomBytes(20))
  const vote = async (act: string) => {
    const { json } = await propose(act, candidate)
    return (await decide(json.id, 'approval', second)).json
  }
  const fixed = { state: 'failed', fault: 'VALIDATORS_FIXED' }
  for (const act of ['admit-validator', 'remove-validator', 'discard-validator-vote']) {
    t.match(await vote(act), fixed, 'this engine takes no votes')
  }
  const hex = (bytes: number) => toHex(randomBytes(bytes))
  const card = {
    ...{ operator: hex(20), anchor: hex(20), relay: hex(20), receipt: hex(20), validator: hex(20) },
    ...{ proxyKeyDigest: hex(32), api: 'https://127.0.0.1:9443', ca: hospital.tls.ca },
  }
  const other = await propose('admit-hospital', hex(20), first, { card })
  t.match(other, { status: 400, json: { code: 'INVALID_REQUEST' } }, 'of another operator')
  const { json } = await propose('admit-hospital', card.operator, first, { card })
  t.match(json, { api: card.api })
  t.match((await decide(json.id, 'approval', second)).json, { state: 'carried-out' })
  const { hospitals } = (await read('proxies')).json as { hospitals: { operator: string; status: string }[] }
  t.equal(hospitals.find(({ operator }) => operator === card.operator)?.status, 'active')
})

t.test('what is not proposed properly is refused by name', async (t) => {
  for (const motion of [{}, { act: 'admit-patient', subject: patient.address }, { act: 'admit-physician' }]) {
    const { json } = await client.ask('/v1/ops/proposals', { token: first.token, json: { motion } })
    t.equal(json.code, 'INVALID_REQUEST', JSON.stringify(motion))
  }
  t.match(await decide('00'.repeat(16), 'approval', second), {
    status: 404,
    json: { code: 'PROPOSAL_UNKNOWN' },
  })
  t.match(await decide('x', 'approval', second), { status: 400 })
})

t.test('the command line does what it did, and the log has both', async (t) => {
  const one = await newcomer()
  const path = `/v1/operator/physicians/${one.address}/admission`
  t.equal((await client.ask(path, { method: 'POST', token: 'wrong' })).status, 401)
  t.equal((await client.ask(path, { method: 'POST', token: hospital.operatorToken })).status, 200)
  t.equal((await client.ask(path, { method: 'POST', token: hospital.operatorToken })).status, 409)
  const entries = async () => (await read('log')).json.entries as LoggedAct[]
  await until(async () => (await entries())[0]?.act === 'refused 409')
  const log = await entries()
  t.match(
    log.filter(({ subject }) => subject === one.address).reverse(),
    ['asked', 'done', 'asked', 'refused 409'].map((act) => ({ by: 'command-line', act })),
  )
  const acts = log.filter(({ by }) => by === first.address || by === second.address).map(({ act }) => act)
  for (const act of ['proposed', 'approved', 'carried-out', 'failed']) t.ok(acts.includes(act), act)
  t.ok(
    log.some(({ about, act }) => about === 'staff' && act === 'nobody'),
    'who was listed no longer, too',
  )
  t.equal(brokenAt(log), undefined)
  const forged = log.with(3, { ...(log[3] as LoggedAct), subject: patient.address as Address })
  t.ok(brokenAt(forged), 'an entry that was changed is noticed')
})
