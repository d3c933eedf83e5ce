import { HOUR_MS, type UnixMs } from '@hygeia/protocol/units'
import t from 'tap'
import { revokeGrant } from '../../../src/patient/revoke.ts'
import { Conduct } from '../../../src/physician/conduct.ts'
import type { Opened } from '../../../src/physician/opening.ts'
import { physicianAt } from '../../../src/physician/physician.ts'
import { vitals } from '../../support/device.ts'
import type { HospitalDouble } from '../../support/hospital.ts'
import type { Lies } from '../../support/lies.ts'
import { World } from '../../support/world.ts'

const MINUTES = 20
/** Impatient, so that no test takes long; still enough for three honest hospitals on a busy machine. */
const patience = { limitMs: () => 3_000, hedgeMs: () => 1_000 }

const world = await World.start(3)
t.teardown(() => world.stop())
const [first, second, third] = world.hospitals
if (first === undefined || second === undefined || third === undefined) throw new Error('three hospitals')
const [patient, physician] = [await world.patient(), await world.physician()]
const device = await world.device(patient)
const from = (world.now - 6 * HOUR_MS) as UnixMs
world.hold(device, from, MINUTES)
const granted = await world.grant(patient, physician)
const expected = [...vitals(device, from, MINUTES)]

t.afterEach(() => {
  for (const { lies } of world.hospitals) {
    for (const lie of Object.keys(lies)) Reflect.deleteProperty(lies, lie)
  }
})

const flip = (cfrag: Uint8Array) => cfrag.with(40, (cfrag[40] ?? 0) ^ 1)
const nameOf = ({ keys }: HospitalDouble) => keys.operator as string
const asked = (hospital: HospitalDouble) =>
  hospital.asked.filter((line) => line === 'POST /v1/reencryptions').length

/** Open everything with clients of their own, as another run of the command would. */
async function open(conduct = new Conduct()): Promise<readonly Opened[]> {
  const anew = physicianAt(physician.identity, await world.known(), await world.others())
  return world.open(anew, granted, { conduct, patience })
}

function readings(opened: readonly Opened[]): readonly unknown[] {
  return opened.map((item) =>
    item.fault === undefined ? item.batch.columns.flatMap(({ samples }) => samples) : item.fault,
  )
}

const report = (conduct: Conduct) =>
  conduct.report.map(({ hospital, misconduct, isLie }) => [hospital, misconduct.code, isLie])

t.test('a grant is dealt to three hospitals, any two of which open it', async (t) => {
  t.equal(granted.grant.threshold, 2)
  t.same(
    granted.grant.proxies.map(({ hospital }) => hospital),
    world.hospitals.map(nameOf),
  )
  t.same(granted.undelivered, [])
  for (const hospital of world.hospitals) {
    t.equal(hospital.proxy.list(granted.grant.patient).length, 1)
  }
})

t.test('every two honest hospitals give exactly the values', async (t) => {
  for (const away of world.hospitals) {
    t.same(readings(await openAfter(away, { reach: 'away' })), expected, `without ${nameOf(away)}`)
    delete away.lies.reach
  }
})

/** As a client that knew all three before `fails` happened, and begins at a hospital that it did not happen to. */
async function openAfter(away: HospitalDouble, fails: Lies, conduct = new Conduct()) {
  const known = await Promise.all(world.hospitals.map((hospital) => world.known(hospital)))
  const isAway = ({ hospital }: (typeof known)[number]) => hospital === nameOf(away)
  const [home, ...others] = [...known.filter((one) => !isAway(one)), ...known.filter(isAway)]
  if (home === undefined) throw new Error('no hospital')
  Object.assign(away.lies, fails)
  return world.open(physicianAt(physician.identity, home, others), granted, { conduct, patience })
}

t.test('no more hospitals are asked than it takes', async (t) => {
  const before = world.hospitals.map(asked)
  await open()
  t.same(
    world.hospitals.map((hospital, index) => asked(hospital) - (before[index] ?? 0)),
    [1, 1, 0],
  )
})

t.test('a hospital that forges cfrags is named and done without', async (t) => {
  for (const liar of [first, second]) {
    liar.lies.cfrag = flip
    const conduct = new Conduct()
    t.same(readings(await open(conduct)), expected)
    t.same(report(conduct), [[nameOf(liar), 'FORGED_CFRAGS', true]])
    delete liar.lies.cfrag
  }
})

t.test('one that forges some of them, or keeps some back, is named too', async (t) => {
  let count = 0
  second.lies.cfrag = (cfrag) => (count++ % 2 === 0 ? flip(cfrag) : cfrag)
  const some = new Conduct()
  t.same(readings(await open(some)), expected)
  t.same(report(some), [[nameOf(second), 'FORGED_CFRAGS', true]])
  delete second.lies.cfrag
  second.lies.withheld = () => true
  const none = new Conduct()
  t.same(readings(await open(none)), expected)
  t.same(report(none), [[nameOf(second), 'WITHHELD_CFRAGS', true]])
})

t.test('genuine cfrags of another dealing open nothing, and are named', async (t) => {
  const other = await world.grant(patient, physician)
  first.lies.dealing = other.hash
  const conduct = new Conduct()
  t.same(readings(await open(conduct)), expected)
  t.same(report(conduct), [[nameOf(first), 'FOREIGN_CFRAGS', true]])
})

t.test(
  'a hospital that answers without owning to it in its audit log is named and done without',
  async (t) => {
    first.lies.auditEntry = () => Uint8Array.of(0x80)
    const conduct = new Conduct()
    t.same(readings(await open(conduct)), expected)
    t.same(report(conduct), [[nameOf(first), 'NO_AUDIT_ENTRY', true]])
  },
)

t.test('a hospital that never answers is done without, before its time is over', async (t) => {
  const began = performance.now()
  t.same(readings(await openAsking(second, { reach: 'frozen' })), expected)
  t.ok(performance.now() - began < patience.limitMs())
})

t.test('a hospital that is slow is done without, and is no liar', async (t) => {
  const conduct = new Conduct()
  t.same(readings(await openAsking(second, { delayMs: 1_500 }, conduct)), expected)
  t.notOk(conduct.report.some(({ isLie }) => isLie))
})

/** As a client that knew all three before `fails` happened, and asks that hospital among the first. */
async function openAsking(
  failing: HospitalDouble,
  fails: Lies,
  conduct = new Conduct(),
  away?: HospitalDouble,
) {
  const anew = physicianAt(physician.identity, await world.known(), await world.others())
  Object.assign(failing.lies, fails)
  if (away !== undefined) away.lies.reach = 'away'
  return world.open(anew, granted, { conduct, patience })
}

t.test('what the first hospital does not give, the others do, and it is named', async (t) => {
  first.lies.block = (_, block) => block.with(block.length - 1, (block.at(-1) ?? 0) ^ 1)
  const conduct = new Conduct()
  t.same(readings(await open(conduct)), expected)
  t.same(new Set(report(conduct).map(([hospital, code]) => `${hospital} ${code}`)).size, 1)
  t.match(report(conduct), [[nameOf(first), 'WRONG_BLOCKS', true]])
})

t.test('a batch that a hospital does not hold yet is opened by the two that do', async (t) => {
  const [samples = []] = [...vitals(device, (from + HOUR_MS) as UnixMs, 1)]
  const name = world.keep(device.seal(samples))
  second.shelf.kept.delete(name)
  const conduct = new Conduct()
  const opened = await open(conduct)
  t.equal(opened.filter(({ fault }) => fault === undefined).length, MINUTES + 1)
  t.same(report(conduct), [[nameOf(second), 'BATCH_MISSING', false]])
  first.shelf.kept.delete(name)
  third.shelf.kept.delete(name)
})

t.test('with two of three away reading is refused, saying who did not answer', async (t) => {
  await t.rejects(openAsking(third, { reach: 'frozen' }, new Conduct(), second), {
    code: 'TOO_FEW_PROXIES',
    message: new RegExp(
      `1 of the grant's 3 hospitals answered, 2 are needed: ` +
        `${nameOf(second)} cannot be reached; ${nameOf(third)} did not answer within 3 s`,
    ),
    detail: { answered: 1, threshold: 2 },
  })
})

t.test('with two of three lying no value is given out, and both are named', async (t) => {
  first.lies.cfrag = flip
  third.lies.cfrag = flip
  const conduct = new Conduct()
  const opened = await open(conduct)
  t.equal(opened.length, MINUTES)
  const proxies = [nameOf(first), nameOf(third)]
  t.same(
    readings(opened),
    opened.map(() => ({ code: 'FORGED_CFRAGS', proxies })),
  )
  t.same(
    report(conduct)
      .map(([hospital]) => hospital)
      .sort(),
    proxies.sort(),
  )
})

t.test('a client that knows too few of the hospitals says which are missing', async (t) => {
  const alone = physicianAt(physician.identity, await world.known(first))
  await t.rejects(world.open(alone, granted, { patience }), {
    code: 'TOO_FEW_PROXIES',
    message: new RegExp(`${nameOf(second)} has no known address`),
  })
})

t.test('a revocation ends reading at all of them, by name', async (t) => {
  const { untold } = await revokeGrant(patient, granted.hash)
  t.same(untold, [])
  await t.rejects(open(), { code: 'REFUSED', detail: { problem: 'GRANT_REVOKED' } })
})
