import { HOUR_MS, type UnixMs } from '@hygeia/protocol/units'
import t from 'tap'
import { everywhere, type Untold } from '../../../src/hospital/everywhere.ts'
import { auditOf } from '../../../src/patient/audit.ts'
import { refresh } from '../../../src/patient/grants.ts'
import { patientAt } from '../../../src/patient/patient.ts'
import { revokeGrant } from '../../../src/patient/revoke.ts'
import { loadState, saveState } from '../../../src/patient/state.ts'
import { Conduct } from '../../../src/physician/conduct.ts'
import { receivedGrants } from '../../../src/physician/grants.ts'
import type { HospitalDouble } from '../../support/hospital.ts'
import { World } from '../../support/world.ts'

const world = await World.start(3)
t.teardown(() => world.stop())
const [first, second, third] = world.hospitals
if (first === undefined || second === undefined || third === undefined) throw new Error('three hospitals')
const [patient, physician] = [await world.patient(), await world.physician()]
const device = await world.device(patient)
world.hold(device, (world.now - HOUR_MS) as UnixMs, 3)
const granted = await world.grant(patient, physician)
await world.open(physician, granted)
const nameOf = ({ keys }: HospitalDouble) => keys.operator

t.afterEach(() => {
  for (const { lies } of world.hospitals) {
    for (const lie of Object.keys(lies)) Reflect.deleteProperty(lies, lie)
  }
})

async function audit(onUnheard?: (hospital: Untold) => void) {
  const lines: (readonly [string, string, string])[] = []
  for await (const { entry, proof } of auditOf(patient, onUnheard === undefined ? {} : { onUnheard })) {
    lines.push([entry.hospital, entry.event, proof])
  }
  return lines
}

t.test('the audit is that of all hospitals, in order of time, each against its own anchors', async (t) => {
  await second.proxy.anchorAudit()
  const lines = await audit()
  t.same(
    lines.toSorted(),
    [
      [nameOf(first), 'opened', 'pending'],
      [nameOf(second), 'opened', 'anchored'],
    ].toSorted(),
  )
  await first.proxy.anchorAudit()
  t.same(
    (await audit()).map(([, , proof]) => proof),
    ['anchored', 'anchored'],
  )
})

t.test('a hospital that shows the log of another is not believed', async (t) => {
  const [own] = first.proxy.audit
  const [other] = second.proxy.audit
  if (own === undefined || other === undefined) return t.fail('entries')
  third.proxy.audit.push(own)
  t.same((await audit()).filter(([, , proof]) => proof === 'false').length, 1)
  third.proxy.audit.length = 0
})

t.test('a hospital that shows two histories of one place is not believed', async (t) => {
  const [own] = first.proxy.audit
  if (own === undefined) return t.fail('an entry')
  first.proxy.audit.push(own)
  t.same(
    (await audit()).filter(([hospital]) => hospital === nameOf(first)).map(([, , proof]) => proof),
    ['anchored', 'false'],
  )
  first.proxy.audit.pop()
})

t.test('a log that cannot be read is named, and an error where nobody is there to be told', async (t) => {
  third.lies.reach = 'away'
  const unheard: Untold[] = []
  t.equal((await audit((hospital) => unheard.push(hospital))).length, 2)
  t.match(unheard, [{ hospital: nameOf(third), reason: /cannot reach/ }])
  await t.rejects(audit(), { code: 'UNREACHABLE' })
  for (const { lies } of world.hospitals) lies.reach = 'away'
  await t.rejects(
    audit(() => {}),
    { code: 'UNREACHABLE' },
  )
})

t.test('a hospital that is away gets its part of a grant at a later visit', async (t) => {
  third.lies.reach = 'away'
  const given = await world.grant(patient, physician)
  t.match(given.undelivered, [{ hospital: nameOf(third) }])
  t.equal(given.grant.proxies.length, 3, 'it is dealt to all the same')
  const holds = () => third.proxy.labelsOf(given.hash).size > 0
  t.notOk(holds())
  let file: string | undefined
  const store = {
    read: async () => file,
    write: async (text: string) => {
      file = text
    },
  }
  const entropy = new Uint8Array(32).fill(9)
  await saveState(store, entropy, patient.state)
  const state = await loadState(store, entropy)
  t.equal(state.undelivered.size, 1)
  const [home, ...others] = patient.hospitals.map(({ hospital }) => hospital)
  if (home === undefined) return t.fail('a hospital')
  const later = patientAt(patient.identity, home, state, others)
  await refresh(later)
  t.equal(state.undelivered.size, 1, 'it is still away')
  delete third.lies.reach
  await refresh(later)
  t.equal(state.undelivered.size, 0)
  t.ok(holds())
})

t.test('when the first hospital is away, another carries the grant and the revocation', async (t) => {
  const other = await world.physician()
  first.lies.reach = 'away'
  const [home, ...rest] = [...patient.hospitals.slice(1), ...patient.hospitals.slice(0, 1)]
  if (home === undefined) return t.fail('a hospital')
  const from = patientAt(
    patient.identity,
    home.hospital,
    patient.state,
    rest.map(({ hospital }) => hospital),
  )
  const given = await world.grant(from, other)
  t.match(given.undelivered, [{ hospital: nameOf(first) }])
  const { untold } = await revokeGrant(from, given.hash)
  t.match(untold, [{ hospital: nameOf(first) }])
  t.ok((await from.hospital.consent.of(given.grant.patient, given.hash)).isRevoked)
})

t.test('one that was away holds nobody up once the others have failed', async (t) => {
  const [away, ...there] = patient.hospitals
  if (away === undefined) return t.fail('a hospital')
  away.hospital.client.wasAway = true
  for (const { hospital } of there) hospital.client.wasAway = false
  first.lies.reach = 'frozen'
  for (const { lies } of [second, third]) lies.reach = 'away'
  const began = performance.now()
  const refused = everywhere(patient.hospitals, ({ account }) => account.grants())
  await t.rejects(refused, { code: 'SILENT' })
  t.ok(performance.now() - began < 5_000)
})

t.test('a hospital that shows a forged grant is named and done without', async (t) => {
  second.lies.grants = (list) => list.map((one) => ({ ...(one as object), hash: `0x${'12'.repeat(32)}` }))
  const conduct = new Conduct()
  const received = await receivedGrants(physician, conduct)
  t.ok(received.some(({ hash }) => hash === granted.hash))
  t.match(conduct.report, [{ hospital: nameOf(second), misconduct: { code: 'FORGED_GRANT' }, isLie: true }])
  await t.rejects(receivedGrants(physician), { code: 'GRANT_FORGED' })
})
