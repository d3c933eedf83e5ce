import { cidOf } from '@hygeia/protocol/sealed/cid'
import { decodeSealed, encodeSealed } from '@hygeia/protocol/sealed/codec'
import { HOUR_MS, MINUTE_MS, type UnixMs } from '@hygeia/protocol/units'
import t from 'tap'
import type { Opened } from '../../../src/physician/opening.ts'
import { physicianAt } from '../../../src/physician/physician.ts'
import { TestClock } from '../../support/clock.ts'
import { type TestDevice, vitals } from '../../support/device.ts'
import { World } from '../../support/world.ts'

const world = await World.start()
t.teardown(() => world.stop())
const { hospital } = world
const from = (world.now - 6 * HOUR_MS) as UnixMs
const physician = await world.physician()

/** A patient of one's own, with a device whose batches the hospital holds, and a grant. */
async function scene(minutes: number) {
  const patient = await world.patient()
  const device = await world.device(patient)
  hospital.shelf.kept.clear()
  const names = world.hold(device, from, minutes)
  return { patient, device, names, granted: await world.grant(patient, physician) }
}

function faults(opened: readonly Opened[]): readonly string[] {
  return opened.flatMap(({ fault }) => (fault === undefined ? [] : [fault.code]))
}

t.afterEach(() => {
  for (const lie of Object.keys(hospital.lies)) Reflect.deleteProperty(hospital.lies, lie)
})

t.test('a physician opens exactly what the device sealed', async (t) => {
  const { device, granted } = await scene(30)
  const opened = await world.open(physician, granted)
  t.equal(opened.length, 30)
  const expected = [...vitals(device, from, 30)]
  for (const [index, item] of opened.entries()) {
    if (item.fault !== undefined) return t.fail(item.fault.code)
    t.same(
      item.batch.columns.flatMap(({ samples }) => samples),
      expected[index],
    )
    t.match(item, { offsetMs: device.bootedAt, datedBy: 'clock', patient: granted.grant.patient })
  }
})

t.test('one request asks for all batches, and each capsule is re-encrypted once', async (t) => {
  const { granted } = await scene(40)
  const before = hospital.asked.length
  await world.open(physician, granted)
  const asked = hospital.asked.slice(before)
  t.equal(asked.filter((line) => line === 'POST /v1/reencryptions').length, 1)
  t.equal(asked.filter((line) => line === 'POST /v1/blocks').length, 1)
  t.match(hospital.proxy.audit.at(-1), { entry: { batches: 40, event: 'opened' } })
})

t.test('other bytes than a CID stands for are named, and the rest opens', async (t) => {
  const { names, granted } = await scene(5)
  const [first = '', second = '', third = ''] = names
  const other = hospital.shelf.kept.get(second)?.block
  hospital.lies.block = (cid, block) => {
    if (cid === first) return other
    return cid === third ? undefined : block
  }
  const opened = await world.open(physician, granted)
  t.same(faults(opened), ['WRONG_BLOCK', 'NOT_GIVEN'])
  t.equal(opened.length, 5)
})

t.test('bytes that are no sealed batch are named', async (t) => {
  const { granted, device } = await scene(1)
  const [samples = []] = [...vitals(device, (from + HOUR_MS) as UnixMs, 1)]
  const name = world.keep(device.seal(samples))
  const kept = hospital.shelf.kept.get(name)
  const torn = kept?.block.subarray(0, 300) ?? new Uint8Array()
  hospital.shelf.kept.delete(name)
  if (kept !== undefined) {
    const renamed = hospital.shelf.store(kept.block, cidOf(torn))
    hospital.lies.block = (cid, block) => (cid === renamed ? torn : block)
  }
  t.same(faults(await world.open(physician, granted)), ['MALFORMED'])
})

/** A batch as a thief without the device's key would forge it: other content, and a signature that fits nothing. */
function forge(device: TestDevice, name: string): string {
  const kept = hospital.shelf.kept.get(name)
  if (kept === undefined) throw new Error('nothing to forge')
  const sealed = decodeSealed(kept.block)
  const block = encodeSealed({ ...sealed, device: device.signer.address, sequence: sealed.sequence + 1_000 })
  return hospital.shelf.store(block, cidOf(block))
}

t.test('a batch that its device did not sign is named', async (t) => {
  const { device, names, granted } = await scene(4)
  forge(device, names.at(-1) ?? '')
  const opened = await world.open(physician, granted)
  t.same(faults(opened), ['BAD_SIGNATURE'])
  t.equal(opened.length, 5)
})

t.test('a batch of a device that is not this patient’s is named', async (t) => {
  const { granted } = await scene(2)
  const stranger = await world.device(await world.patient())
  const [samples = []] = [...vitals(stranger, from, 1)]
  world.keep(stranger.seal(samples))
  t.same(faults(await world.open(physician, granted)), ['FOREIGN_DEVICE'])
})

t.test('a forged cfrag is named, with the proxy that sent it', async (t) => {
  const { granted } = await scene(3)
  hospital.lies.cfrag = (cfrag) => cfrag.with(40, (cfrag[40] ?? 0) ^ 1)
  const opened = await world.open(physician, granted)
  t.same(faults(opened), ['FORGED_CFRAGS', 'FORGED_CFRAGS', 'FORGED_CFRAGS'])
  t.same(opened[0]?.fault, { code: 'FORGED_CFRAGS', proxies: [hospital.keys.operator] })
})

t.test('a cfrag made from another capsule is no cfrag for this one', async (t) => {
  const { granted } = await scene(20)
  let first: Uint8Array | undefined
  hospital.lies.cfrag = (cfrag) => (first ??= cfrag)
  const opened = await world.open(physician, granted)
  t.ok(faults(opened).length > 0 && faults(opened).every((code) => code === 'FORGED_CFRAGS'))
  t.ok(
    opened.some(({ fault }) => fault === undefined),
    'the one that it was made from opens',
  )
})

t.test('batches from before the clock was set are dated by the next of their boot', async (t) => {
  const { device, granted } = await scene(0)
  const all = [...vitals(device, from, 3)]
  for (const [index, samples] of all.entries()) world.keep(device.seal(samples, { isDated: index === 2 }))
  const opened = await world.open(physician, granted)
  t.match(opened, [
    { datedBy: 'later-batch', offsetMs: device.bootedAt },
    { datedBy: 'later-batch', offsetMs: device.bootedAt },
    { datedBy: 'clock', offsetMs: device.bootedAt },
  ])
})

t.test('batches that nothing dates keep the estimate of their header, and say so', async (t) => {
  const { device, granted } = await scene(0)
  for (const samples of vitals(device, from, 2)) world.keep(device.seal(samples, { isDated: false }))
  const opened = await world.open(physician, granted)
  t.match(opened, [
    { datedBy: 'estimate', offsetMs: device.bootedAt },
    { datedBy: 'estimate', offsetMs: device.bootedAt },
  ])
})

t.test('what lies outside of the grant is not asked for', async (t) => {
  const { device, granted } = await scene(2)
  const early = (granted.grant.dataFrom - MINUTE_MS / 2) as UnixMs
  for (const samples of vitals(device, early, 1)) world.keep(device.seal(samples))
  const opened = await world.open(physician, granted)
  t.same(faults(opened), ['OUTSIDE_GRANT'])
  t.match(hospital.proxy.audit.at(-1), { entry: { batches: 2 } })
})

t.test('more batches than one bulk answer holds are fetched in parts', async (t) => {
  const { device, granted } = await scene(0)
  for (let index = 0; index < 2_001; index++) {
    const at = from - device.bootedAt + index * 1_000
    const samples = [{ channel: 'heart-rate', at, value: 60 }]
    world.keep(device.seal(samples as unknown as Parameters<TestDevice['seal']>[0]))
  }
  const before = hospital.asked.length
  const opened = await world.open(physician, granted)
  t.equal(opened.length - faults(opened).length, 2_001)
  t.equal(hospital.asked.slice(before).filter((line) => line === 'POST /v1/blocks').length, 2)
})

t.test('a proxy that is busy is asked again, and given up on in the end', async (t) => {
  const { granted } = await scene(2)
  const clock = new TestClock(world.now)
  const doctor = physicianAt(physician.identity, await world.known(hospital, clock))
  hospital.lies.busy = 2
  t.same(faults(await world.open(doctor, granted)), [])
  hospital.lies.busy = 1_000
  await t.rejects(world.open(doctor, granted), {
    code: 'REFUSED',
    detail: { problem: 'PROXY_BUSY' },
  })
})

t.test('an answer without the proxy’s audit entry is not used', async (t) => {
  const { granted } = await scene(1)
  const known = await world.known()
  const doctor = physicianAt(physician.identity, { ...known, receiptKey: known.hospital })
  await t.rejects(world.open(doctor, granted), { code: 'NO_AUDIT_ENTRY', message: /tell the patient/ })
})
