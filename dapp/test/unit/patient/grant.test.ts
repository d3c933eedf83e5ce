import { decodeGrant } from '@hygeia/protocol/grant/codec'
import { signPhysicianKey } from '@hygeia/protocol/grant/physician-key'
import { toHex } from '@hygeia/protocol/ids'
import type { Month } from '@hygeia/protocol/label'
import { identityOf, wordsOf } from '@hygeia/protocol/seed/seed'
import { DAY_MS, type UnixMs } from '@hygeia/protocol/units'
import t from 'tap'
import { Generations } from '../../../src/patient/generations.ts'
import { checkPhysician, checkReader, labelsOf } from '../../../src/patient/grant.ts'
import { listGrants } from '../../../src/patient/grants.ts'
import { physicianAt, registerPhysician } from '../../../src/physician/physician.ts'
import { randomBytes } from '../../../src/random.ts'
import { World } from '../../support/world.ts'

const world = await World.start()
t.teardown(() => world.stop())
const { hospital } = world
const [patient, physician] = [await world.patient(), await world.physician()]
const account = physician.identity.signer.address
const at = (text: string) => Date.parse(text) as UnixMs

t.test('a grant names physician, labels and times, and the chain holds its hash alone', async (t) => {
  const { hash, grant } = await world.grant(patient, physician)
  t.equal(grant.physician, account)
  t.same(grant.receivingKey, physician.identity.receivingKey)
  t.same(await listGrants(patient), [{ hash, grant, state: 'active' }])
  t.ok(await patient.hospital.consent.isActive(patient.identity.signer.address, hash))
  const [held] = await patient.account.grants()
  t.same(decodeGrant(Buffer.from(held?.grant.slice(2) ?? '', 'hex')), grant)
})

t.test('whom no hospital admitted is granted nothing as a physician, and something as family', async (t) => {
  const reader = physicianAt(identityOf(wordsOf(randomBytes(32))), await world.known())
  await registerPhysician(reader)
  const { address } = reader.identity.signer
  await t.rejects(checkPhysician(patient, address), {
    code: 'PHYSICIAN_NOT_ACTIVE',
    detail: { status: 'registered' },
  })
  t.equal((await checkReader(patient, address)).physician, address)
  await t.rejects(checkReader(patient, patient.identity.signer.address), { code: 'PHYSICIAN_NOT_ACTIVE' })
})

t.test('a key that the hospital put in place of the physician’s is refused', async (t) => {
  t.teardown(() => {
    delete hospital.lies.physicianKey
  })
  const theirs = identityOf(wordsOf(randomBytes(32)))
  const { receivingKey } = theirs
  const self = signPhysicianKey(world.consortium.realm, { physician: account, receivingKey }, theirs.signer)
  const lies = [
    // Signed by whoever substituted it.
    { receivingKey: toHex(receivingKey), signature: toHex(self.signature) },
    // The physician's own signature, of another realm.
    {
      receivingKey: toHex(physician.identity.receivingKey),
      signature: toHex(
        signPhysicianKey(
          { ...world.consortium.realm, chainId: 1 },
          { physician: account, receivingKey: physician.identity.receivingKey },
          physician.identity.signer,
        ).signature,
      ),
    },
    // Signed by the physician, but not the key that the chain knows.
    {
      receivingKey: toHex(receivingKey),
      signature: toHex(
        signPhysicianKey(
          world.consortium.realm,
          { physician: account, receivingKey },
          physician.identity.signer,
        ).signature,
      ),
    },
  ]
  for (const lie of lies) {
    hospital.lies.physicianKey = lie
    await t.rejects(checkPhysician(patient, account), { code: 'PHYSICIAN_KEY_SUBSTITUTED' })
  }
})

t.test('nothing is granted to a physician whom no hospital has admitted', async (t) => {
  const applicant = physicianAt(identityOf(wordsOf(randomBytes(32))), await world.known())
  const { status } = await registerPhysician(applicant)
  t.equal(status, 'registered')
  await t.rejects(checkPhysician(patient, applicant.identity.signer.address), {
    code: 'PHYSICIAN_NOT_ACTIVE',
    detail: { status: 'registered' },
  })
})

t.test('registering again changes nothing', async (t) => {
  const again = await registerPhysician(physician)
  t.same([again.status, again.registration], ['active', undefined])
})

t.test('the fingerprint is the one that the physician sees', async (t) => {
  const { fingerprint } = await checkPhysician(patient, account)
  t.equal(fingerprint, (await registerPhysician(physician)).fingerprint)
  t.match(fingerprint, /^\d{5}( \d{5}){5}$/)
})

t.test('a grant that the hospital only claims is not believed', async (t) => {
  hospital.lies.isRelayDropped = true
  t.teardown(() => {
    delete hospital.lies.isRelayDropped
  })
  await t.rejects(world.grant(patient, physician), { code: 'NOT_ON_CHAIN' })
})

t.test('labels cover the months of the data and every generation of them', (t) => {
  const generations = new Generations({ 'vitals/2025-02': 2 })
  const range = { dataFrom: at('2025-01-31T23:59:59Z'), dataTo: at('2025-03-01T00:00:00Z') }
  t.same(labelsOf(generations, range, ['vitals']) as readonly string[], [
    'vitals/2025-01/0',
    'vitals/2025-02/0',
    'vitals/2025-02/1',
    'vitals/2025-02/2',
  ])
  t.equal(labelsOf(generations, { ...range, dataTo: (range.dataTo + 1) as UnixMs }, ['vitals']).length, 5)
  t.end()
})

t.test('more than 13 months, 130 labels, or none are refused', (t) => {
  const thirteen = { dataFrom: at('2025-01-01'), dataTo: at('2026-02-01') }
  t.equal(labelsOf(new Generations(), thirteen).length, 65)
  const fails = (range: typeof thirteen, generations = new Generations()) =>
    t.throws(() => labelsOf(generations, range), { code: 'RANGE' })
  fails({ ...thirteen, dataTo: (thirteen.dataTo + DAY_MS) as UnixMs })
  fails({ ...thirteen, dataTo: thirteen.dataFrom })
  const many = new Generations({ 'ecg/2025-05': 66 })
  t.equal(many.newest('ecg', '2025-05' as Month), 66)
  fails(thirteen, many)
  t.end()
})
