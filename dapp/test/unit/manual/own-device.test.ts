import { parseCid } from '@hygeia/protocol/sealed/cid'
import { identityOf, wordsOf } from '@hygeia/protocol/seed/seed'
import { DAY_MS, HOUR_MS, type UnixMs } from '@hygeia/protocol/units'
import t from 'tap'
import { HospitalError } from '../../../src/hospital/errors.ts'
import type { ManualEntry } from '../../../src/manual/entry.ts'
import { OwnDevice, ownDeviceOf } from '../../../src/manual/own-device.ts'
import { openOwn } from '../../../src/patient/own.ts'
import { patientAt, registerPatient } from '../../../src/patient/patient.ts'
import { PatientState } from '../../../src/patient/state.ts'
import type { Opened } from '../../../src/physician/opening.ts'
import { randomBytes } from '../../../src/random.ts'
import { World } from '../../support/world.ts'

const world = await World.start()
t.teardown(() => world.stop())
const { hospital } = world
const everything = { from: 0 as UnixMs, to: (world.now + DAY_MS) as UnixMs }
const pressure: ManualEntry = { kind: 'blood-pressure', systolic: 121, diastolic: 78, pulse: 66 }

t.afterEach(() => {
  for (const lie of Object.keys(hospital.lies)) Reflect.deleteProperty(hospital.lies, lie)
})

/** A patient with words, and one browser. */
async function scene() {
  const entropy = randomBytes(32)
  const patient = patientAt(identityOf(wordsOf(entropy)), await world.known(), new PatientState())
  await registerPatient(patient)
  hospital.shelf.kept.clear()
  const browser = new Map<string, string>()
  const device = () => ownDeviceOf(patient, entropy, storeIn(browser))
  return { patient, entropy, browser, device }
}

/** A browser's storage, with one that waits for the other as `navigator.locks` has it. */
function storeIn(held: Map<string, string>) {
  return {
    read: async () => held.get('own-device'),
    write: async (text: string) => {
      held.set('own-device', text)
    },
    alone: <T>(work: () => Promise<T>): Promise<T> => {
      const turn = (turns.get(held) ?? Promise.resolve()).then(work)
      turns.set(
        held,
        turn.catch(() => {}),
      )
      return turn
    },
  }
}
const turns = new WeakMap<object, Promise<unknown>>()

async function all(items: AsyncIterable<Opened>): Promise<readonly Opened[]> {
  const list: Opened[] = []
  for await (const item of items) list.push(item)
  return list
}

t.test('what is entered is sealed like a device’s, and opens like one', async (t) => {
  const { patient, device } = await scene()
  const own = device()
  const at = (world.now - HOUR_MS) as UnixMs
  const entries: readonly ManualEntry[] = [
    pressure,
    { kind: 'weight', kg: 71.25 },
    { kind: 'temperature', celsius: 38.5 },
    { kind: 'symptom', symptom: 'breathlessness', severity: 7 },
  ]
  const cids: string[] = []
  for (const entry of entries) cids.push(await own.enter(entry, at))
  t.same(
    (await own.send()).map(({ state }) => state),
    ['taken', 'taken', 'taken', 'taken'],
  )
  const opened = await all(openOwn(patient, everything))
  t.same(
    opened.map((one) => (one.fault === undefined ? [one.cid, one.offsetMs, one.header.sequence] : one.fault)),
    cids.map((cid, sequence) => [cid, at, sequence]),
  )
  const values = opened.flatMap((one) =>
    one.fault === undefined
      ? one.batch.columns.flatMap(({ channel, samples }) => samples.map(({ value }) => [channel, value]))
      : [],
  )
  t.same(values, [
    ['heart-rate', 66],
    ['systolic', 121],
    ['diastolic', 78],
    ['weight', 71.25],
    ['body-temperature', 38.5],
    ['symptom', 2 * 16 + 7],
  ])
})

t.test('a physician opens it under a grant', async (t) => {
  const { patient, device } = await scene()
  const own = device()
  const cid = await own.enter(pressure, world.now)
  await own.send()
  const physician = await world.physician()
  const opened = await world.open(physician, await world.grant(patient, physician))
  t.match(opened, [{ cid, header: { device: patient.identity.ownDevice.address } }])
})

t.test('each entry names the one before it, also after a visit that ended', async (t) => {
  const { device, browser } = await scene()
  const first = await device().enter(pressure, world.now)
  await device().send()
  const second = await device().enter(pressure, world.now)
  await device().send()
  const [one, other] = [first, second].map((cid) => hospital.shelf.kept.get(cid)?.sealed)
  t.same([one?.sequence, other?.sequence], [0, 1])
  t.equal(other?.incarnation, one?.incarnation)
  t.same(other?.prev, parseCid(first))
  t.notOk(
    [...browser.values()].join('').includes(String(one?.incarnation)),
    'and nothing lies there in clear',
  )
})

t.test('two tabs at once take no place twice', async (t) => {
  const { device } = await scene()
  await Promise.all(Array.from({ length: 8 }, () => device().enter(pressure, world.now)))
  await device().send()
  const sequences = [...hospital.shelf.kept.values()].map(({ sealed }) => sealed.sequence)
  t.same(sequences.toSorted(), [0, 1, 2, 3, 4, 5, 6, 7])
})

t.test('another browser of the same patient is another life of the same device', async (t) => {
  const { patient, entropy, device } = await scene()
  const other = ownDeviceOf(patient, entropy, storeIn(new Map()))
  for (const one of [device(), other]) {
    await one.enter(pressure, world.now)
    t.match(await one.send(), [{ state: 'taken' }])
  }
  const [one, another] = [...hospital.shelf.kept.values()].map(({ sealed }) => sealed)
  t.equal(one?.device, another?.device)
  t.not(one?.incarnation, another?.incarnation)
})

t.test('it is kept until the chain has it, and while nobody can be reached', async (t) => {
  const { device } = await scene()
  const cid = await device().enter(pressure, world.now)
  hospital.lies.busy = 1
  t.same(await device().send(), [{ cid, state: 'waiting' }])
  const own = device()
  t.same(await own.send(), [{ cid, state: 'taken' }])
  hospital.lies.reach = 'away'
  t.same(await own.send(), [{ cid, state: 'taken' }], 'still here')
  delete hospital.lies.reach
  hospital.shelf.kept.clear()
  t.same(await own.send(), [{ cid, state: 'taken' }], 'given again to a hospital that lost it')
  await hospital.shelf.anchor()
  t.same(await own.send(), [{ cid, state: 'anchored' }])
  t.same(await own.send(), [], 'and forgotten')
})

t.test('it is entered with no hospital to be reached at all, and sent by whoever reaches one', async (t) => {
  const { patient, entropy, browser, device } = await scene()
  const { identity, state } = patient
  const { realm, client } = patient.hospital
  const nobody = new HospitalError('nobody', { code: 'UNREACHABLE', base: 'https://nobody' })
  const alone = new OwnDevice({
    identity,
    state,
    realm,
    clock: client.clock,
    entropy,
    store: storeIn(browser),
    patient: () => Promise.reject(nobody),
  })
  const cid = await alone.enter(pressure, world.now)
  await t.rejects(alone.send(), { code: 'UNREACHABLE' })
  t.match(await alone.waiting(), [{ cid, isTaken: false }])
  t.same(await device().send(), [{ cid, state: 'taken' }])
})

t.test('a refusal counts when the hospital signed it', async (t) => {
  const { device } = await scene()
  const own = device()
  const cid = await own.enter(pressure, world.now)
  hospital.lies.refusal = (signed) => ({ ...signed, signature: new Uint8Array(64).fill(1) })
  t.same(await own.send(), [{ cid, state: 'waiting' }])
  hospital.lies.refusal = (signed) => signed
  t.match(await own.send(), [{ cid, state: 'refused', reason: 'WRONG_LABEL' }])
  t.same(await own.send(), [])
})

t.test('what lies too far back, or ahead, is not entered; what no instrument shows is marked', async (t) => {
  const { patient, device } = await scene()
  const own = device()
  for (const at of [world.now - 70 * DAY_MS, world.now + HOUR_MS]) {
    t.throws(() => own.enter(pressure, at as UnixMs), { code: 'ENTRY_TIME' })
  }
  await own.enter({ kind: 'weight', kg: 7_125 }, world.now)
  await own.send()
  t.match(await all(openOwn(patient, everything)), [
    { batch: { columns: [{ samples: [{ value: 7_125, suspect: true }] }] } },
  ])
})

t.test('a memory that is another’s is not written over', async (t) => {
  const { patient, device, browser } = await scene()
  await device().enter(pressure, world.now)
  const held = browser.get('own-device')
  const thief = ownDeviceOf(patient, randomBytes(32), storeIn(browser))
  await t.rejects(thief.enter(pressure, world.now), { code: 'MEMORY_DAMAGED' })
  t.equal(browser.get('own-device'), held)
})
