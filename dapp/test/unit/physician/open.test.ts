import { HOUR_MS, type UnixMs } from '@hygeia/protocol/units'
import t from 'tap'
import { vitals } from '../../support/device.ts'
import { World } from '../../support/world.ts'

const world = await World.start()
t.teardown(() => world.stop())
const patient = await world.patient()
const physician = await world.physician()
const device = await world.device(patient)
const from = (world.now - 6 * HOUR_MS) as UnixMs
world.hold(device, from, 30)
const granted = await world.grant(patient, physician)

t.test('a physician opens exactly what the device sealed', async (t) => {
  const opened = await world.open(physician, granted)
  t.equal(opened.length, 30)
  const expected = [...vitals(device, from, 30)]
  for (const [index, item] of opened.entries()) {
    if (item.fault !== undefined) return t.fail(item.fault.code)
    t.same(
      item.batch.columns.flatMap(({ samples }) => samples),
      expected[index],
    )
    t.equal(item.offsetMs, device.bootedAt)
    t.equal(item.datedBy, 'clock')
  }
})
