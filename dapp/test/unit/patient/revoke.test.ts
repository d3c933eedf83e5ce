import { monthOf, parseLabel } from '@hygeia/protocol/label'
import { HOUR_MS, MINUTE_MS, type UnixMs } from '@hygeia/protocol/units'
import t from 'tap'
import { listGrants, refresh } from '../../../src/patient/grants.ts'
import { patientAt } from '../../../src/patient/patient.ts'
import { revokeGrant } from '../../../src/patient/revoke.ts'
import { loadState, PatientState, saveState } from '../../../src/patient/state.ts'
import { receivedGrants, usableGrants } from '../../../src/physician/grants.ts'
import type { Opened } from '../../../src/physician/opening.ts'
import { World } from '../../support/world.ts'

const world = await World.start()
t.teardown(() => world.stop())
const { hospital } = world
const [patient, leaving, staying] = [await world.patient(), await world.physician(), await world.physician()]
const device = await world.device(patient)
const before = (world.now - 2 * HOUR_MS) as UnixMs
world.hold(device, before, 5)
const given = await world.grant(patient, leaving)
const kept = await world.grant(patient, staying)
const opened = (list: readonly Opened[]) => list.filter(({ fault }) => fault === undefined).length

const openedBefore = opened(await world.open(leaving, given))
const revocation = await revokeGrant(patient, given.hash)
const month = monthOf(world.now)

t.test('a revoked grant opened before, and is refused by name from then on', async (t) => {
  t.equal(openedBefore, 5)
  t.same(revocation.revoked, [given.hash])
  await t.rejects(world.open(leaving, given), {
    code: 'REFUSED',
    detail: { problem: 'GRANT_REVOKED' },
    message: /ask the patient for a new one/,
  })
  t.throws(() => usableGrants([{ ...given, state: 'revoked' }], {}), { code: 'GRANT_REVOKED' })
  const received = await receivedGrants(leaving)
  t.same(
    received.map(({ state }) => state),
    ['revoked'],
  )
})

t.test('the labels that were dealt begin a new generation on every device, and no others', async (t) => {
  const keys = hospital.labelKeysOf(device.signer.address)
  t.equal(keys?.serial, 2)
  for (const { label } of keys?.keys ?? []) {
    const { category, generation } = parseLabel(label)
    const isDealt = given.grant.labels.some((dealt) => dealt.label === `${label.slice(0, -1)}0`)
    t.equal(generation, isDealt ? 1 : 0, label)
    t.ok(!isDealt || category === 'vitals')
  }
  t.ok(revocation.newLabels.includes(`vitals/${month}/1` as (typeof revocation.newLabels)[number]))
})

t.test('what comes from then on opens for the physician who stays', async (t) => {
  device.labelKeys = hospital.labelKeysOf(device.signer.address)
  world.hold(device, (world.now - 30 * MINUTE_MS) as UnixMs, 3)
  t.same(
    revocation.redealt.map(({ grant }) => grant.physician),
    [staying.identity.signer.address],
  )
  const grants = usableGrants(await receivedGrants(staying), {})
  t.equal(grants.length, 2)
  let count = 0
  for (const { hash, grant } of grants) {
    count += opened(await world.open(staying, { ...kept, hash, grant }))
  }
  t.equal(count, 8)
})

t.test('revoking again finishes nothing that is finished', async (t) => {
  const again = await revokeGrant(patient, given.hash)
  t.same([again.newLabels, again.renewed, again.redealt], [[], [], []])
  t.equal(hospital.labelKeysOf(device.signer.address)?.serial, 2)
})

t.test('revoking takes back what was dealt later for the same permission', async (t) => {
  const { revoked } = await revokeGrant(patient, kept.hash)
  t.equal(revoked.length, 2)
  const states = (await listGrants(patient)).map(({ state }) => state)
  t.same(states, ['revoked', 'revoked', 'revoked'])
  t.throws(() => usableGrants([], {}), { code: 'NOTHING_GRANTED' })
})

t.test('a patient without a state file learns everything again from hospital and chain', async (t) => {
  const anew = patientAt(patient.identity, await world.known(), new PatientState())
  await refresh(anew)
  t.same(anew.state.serials, patient.state.serials)
  t.same([...anew.state.grants.keys()].sort(), [...patient.state.grants.keys()].sort())
  t.equal(anew.state.generations.newest('vitals', month), patient.state.generations.newest('vitals', month))
})

t.test('a grant that the patient never consented to is not learnt', async (t) => {
  const made = await world.patient()
  const [real] = await patient.account.grants()
  hospital.lies.grants = () => (real === undefined ? [] : [real])
  t.teardown(() => {
    delete hospital.lies.grants
  })
  await refresh(made)
  t.equal(made.state.grants.size, 0)
})

t.test('a revocation that the hospital only claims is not believed', async (t) => {
  const third = await world.physician()
  const { hash } = await world.grant(patient, third)
  hospital.lies.isRelayDropped = true
  t.teardown(() => {
    delete hospital.lies.isRelayDropped
  })
  await t.rejects(revokeGrant(patient, hash), { code: 'NOT_ON_CHAIN' })
})

t.test('a grant that nobody gave cannot be revoked', async (t) => {
  const stranger = await world.patient()
  await t.rejects(revokeGrant(stranger, given.hash), { code: 'UNKNOWN_GRANT' })
})

t.test('the state outlives a visit, encrypted, and a damaged file is told', async (t) => {
  let file: string | undefined
  const store = {
    read: async () => file,
    write: async (text: string) => {
      file = text
    },
  }
  const entropy = new Uint8Array(32).fill(7)
  t.equal((await loadState(store, entropy)).grants.size, 0, 'nothing at first')
  await saveState(store, entropy, patient.state)
  const loaded = await loadState(store, entropy)
  t.same([...loaded.grants.keys()], [...patient.state.grants.keys()])
  t.same(loaded.serials, patient.state.serials)
  t.same(loaded.generations.toRecord(), patient.state.generations.toRecord())
  t.notMatch(file, leaving.identity.signer.address.slice(2))
  await t.rejects(loadState(store, new Uint8Array(32)), { code: 'STATE_DAMAGED' })
  file = '{'
  await t.rejects(loadState(store, entropy), { code: 'STATE_DAMAGED' })
})
