import { Votes } from '@hygeia/daemon/relay/votes'
import { HospitalClient } from '@hygeia/dapp/hospital/client'
import { type KnownHospital, know } from '@hygeia/dapp/hospital/known'
import { statedAddresses } from '@hygeia/dapp/hospital/stated'
import { auditOf } from '@hygeia/dapp/patient/audit'
import { checkPhysician, giveGrant, labelsOf } from '@hygeia/dapp/patient/grant'
import { awaitOffer, beginPairing, completePairing } from '@hygeia/dapp/patient/pair'
import { patientAt, registerPatient } from '@hygeia/dapp/patient/patient'
import { revokeGrant } from '@hygeia/dapp/patient/revoke'
import { PatientState } from '@hygeia/dapp/patient/state'
import { breakGlass } from '@hygeia/dapp/physician/break-glass'
import { Conduct } from '@hygeia/dapp/physician/conduct'
import { receivedGrants } from '@hygeia/dapp/physician/grants'
import { openGrant } from '@hygeia/dapp/physician/open'
import type { NamedGrant } from '@hygeia/dapp/physician/opening'
import { physicianAt, registerPhysician } from '@hygeia/dapp/physician/physician'
import { identityOf, wordsOf } from '@hygeia/protocol/seed/seed'
import { DAY_MS, HOUR_MS, type UnixMs } from '@hygeia/protocol/units'
import t from 'tap'
import { startConsortium } from '../../daemon/test/api/support/consortium.ts'
import type { Hospital } from '../../daemon/test/api/support/hospital.ts'
import { take } from '../../daemon/test/api/support/people.ts'
import { until } from '../../daemon/test/link/support/until.ts'
import { pinnedFetch } from '../../dapp/bin/host/pinned-fetch.ts'
import { randomBytes } from '../../dapp/src/random.ts'
import { TestDevice, vitals } from '../../dapp/test/support/device.ts'

const MINUTES = 12
/** In ms, for hospitals on this machine. */
const patience = { limitMs: () => 8_000, hedgeMs: () => 3_000 }
const now = Date.now() as UnixMs
const from = (now - 3 * HOUR_MS) as UnixMs

const hospitals = await startConsortium(3)
const [home, second, third] = hospitals
if (second === undefined || third === undefined) throw new Error('three hospitals')
t.teardown(async () => {
  for (const hospital of [...hospitals].reverse()) await hospital.destroy()
})

const at = ({ api, tls }: Hospital) =>
  know(new HospitalClient({ base: `https://127.0.0.1:${api.port}`, fetch: pinnedFetch(tls.ca) }))
const known = (await Promise.all(hospitals.map(at))) as [KnownHospital, ...KnownHospital[]]
const [first, ...others] = known
const identity = () => identityOf(wordsOf(randomBytes(32)))

const patient = patientAt(identity(), first, new PatientState(), others)
const physician = physicianAt(identity(), first, others)
const account = physician.identity.signer.address
const device = new TestDevice(home.realm, (now - DAY_MS) as UnixMs)

t.before(async () => {
  await Promise.all([registerPatient(patient), registerPhysician(physician)])
  for (const { operator, contracts } of [home, second]) {
    const votes = new Votes({ directory: contracts.directory }, { chain: home.engine, operator })
    await votes.admit(account)
  }
  const pairing = await beginPairing(patient)
  home.mailboxes.putOffer(pairing.mailbox, device.offer(pairing.text))
  await completePairing(patient, pairing, await awaitOffer(patient, pairing, AbortSignal.timeout(60_000)))
  device.labelKeys = await home.labelKeys.get(device.signer.address)
  for (const samples of vitals(device, from, MINUTES)) {
    const { block } = device.seal(samples)
    for (const hospital of hospitals) await take(hospital, block)
  }
})

const range = { dataFrom: (now - DAY_MS) as UnixMs, dataTo: (now + DAY_MS) as UnixMs }
const terms = async () => ({
  physician: await checkPhysician(patient, account),
  labels: labelsOf(patient.state.generations, range, ['vitals']),
  ...range,
  accessTo: (now + 7 * DAY_MS) as UnixMs,
})

/** What a fresh client reads, sample by sample. */
async function read(held: NamedGrant, conduct = new Conduct()): Promise<readonly unknown[]> {
  const reader = physicianAt(physician.identity, first, others)
  const values: unknown[] = []
  for await (const one of openGrant(reader, held, { from, to: now }, { conduct, patience })) {
    values.push(one.fault ?? one.batch.columns.flatMap(({ samples }) => samples))
  }
  return values
}

const expected = () => [...vitals(device, from, MINUTES)]

async function audit() {
  const lines: string[] = []
  for await (const { entry, proof } of auditOf(patient)) {
    const where = known.findIndex(({ hospital }) => hospital === entry.hospital)
    lines.push(`${where} ${entry.event} ${entry.reason}`.trim() + (proof === 'anchored' ? '' : ` ${proof}`))
  }
  return lines
}

t.test('two of three hospitals give exactly the values, and each anchors its own audit', async (t) => {
  const granted = await giveGrant(patient, await terms())
  t.same([granted.grant.threshold, granted.grant.proxies.length, granted.undelivered], [2, 3, []])
  t.same(await read(granted), expected())
  await until(async () => (await audit()).every((line) => !line.endsWith('pending')))
  const lines = await audit()
  t.same(lines.filter((line) => line.endsWith('opened')).sort(), ['0 opened', '1 opened'])
  t.same(lines.filter((line) => line.endsWith('granted')).length, 3)
  t.notOk(lines.some((line) => line.endsWith('false')))
})

t.test('hospitals tell where each other is, and only what each signed is believed', async (t) => {
  for (const { api, addresses, tls } of hospitals) {
    await addresses.announce({ api: `https://127.0.0.1:${api.port}`, caHash: tls.caHash })
  }
  t.same(await statedAddresses(first), [])
  for (const other of others) {
    const [own] = await other.client.hospitals()
    if (own === undefined) return t.fail('it says where it is')
    await t.rejects(first.client.putHospital({ ...own, api: 'https://elsewhere.example' }), {
      code: 'REFUSED',
      detail: { problem: 'HOSPITAL_UNKNOWN' },
    })
    await first.client.putHospital(own)
  }
  t.same(
    (await statedAddresses(first)).map(({ api }) => api),
    others.map(({ client }) => client.transport.base),
  )
})

t.test('a grant for emergencies opens when another hospital agrees, and the patient is told', async (t) => {
  const given = await giveGrant(patient, { ...(await terms()), emergencyMs: 4 * HOUR_MS })
  const state = async () => (await receivedGrants(physician)).find(({ hash }) => hash === given.hash)?.state
  t.equal(await state(), 'sealed')
  await t.rejects(read(given), { code: 'REFUSED', detail: { problem: 'GRANT_SEALED' } }, 'not even listed')
  const reason = 'found unconscious, nobody to ask'
  const before = (await audit()).length
  const [asked] = await Promise.all([
    breakGlass(physician, given, reason, { waitMs: 60_000 }),
    until(() => second.emergencies.waiting().some((one) => second.emergencies.agree(one.id))),
  ])
  t.equal(asked.witness, second.hospital.operator)
  t.same(
    (await audit())
      .slice(before)
      .map((line) => line.replace(/ pending$/, ''))
      .sort(),
    [`0 emergency ${reason}`, `1 emergency ${reason}`],
  )
  t.equal(await state(), 'active')
  t.same(await read({ ...given, glass: asked.glass }), expected())
  const other = { ...asked.glass, reason: 'curious' }
  await t.rejects(read({ ...given, glass: other }), { code: 'REFUSED', detail: { problem: 'GRANT_SEALED' } })
  await t.rejects(
    read(given),
    { code: 'REFUSED', detail: { problem: 'GRANT_SEALED' } },
    'not without the word',
  )
  t.equal((await audit()).filter((line) => line.includes(`emergency ${reason}`)).length, 4)
  await revokeGrant(patient, given.hash)
  await t.rejects(read({ ...given, glass: asked.glass }), {
    code: 'REFUSED',
    detail: { problem: 'GRANT_REVOKED' },
  })
})

t.test('nobody but the physician can break it, and one hospital alone cannot', async (t) => {
  const alone = patientAt(patient.identity, first, new PatientState())
  await t.rejects(giveGrant(alone, { ...(await terms()), emergencyMs: HOUR_MS }), {
    code: 'NO_OTHER_HOSPITAL',
  })
  const given = await giveGrant(patient, { ...(await terms()), emergencyMs: HOUR_MS })
  const lonely = physicianAt(physician.identity, first)
  await t.rejects(breakGlass(lonely, given, 'alone'), { code: 'NO_OTHER_HOSPITAL' })
  const stranger = physicianAt(identity(), first, others)
  await registerPhysician(stranger)
  await t.rejects(breakGlass(stranger, given, 'not mine'), {
    code: 'NO_WITNESS',
    message: /PHYSICIAN_NOT_ACTIVE/,
  })
})

t.test('one hospital away is done without and named; two away end it, with the reason', async (t) => {
  const granted = await giveGrant(patient, await terms())
  await third.api.stop()
  t.same(await read(granted), expected())
  await second.api.stop()
  const conduct = new Conduct()
  await t.rejects(read(granted, conduct), {
    code: 'TOO_FEW_PROXIES',
    message:
      /1 of the grant's 3 hospitals answered, 2 are needed: .* cannot be reached; .* cannot be reached/,
  })
  t.same(
    conduct.report.map(({ hospital, misconduct }) => [hospital, misconduct.code]),
    [second, third].map(({ hospital }) => [hospital.operator, 'UNREACHABLE']),
  )
})
