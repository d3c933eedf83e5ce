import { HOUR_MS, MINUTE_MS, type UnixMs } from '@hygeia/protocol/units'
import t from 'tap'
import { eraseData } from '../../../src/patient/erase.ts'
import { World } from '../../support/world.ts'

const world = await World.start(3)
t.teardown(() => world.stop())
const patient = await world.patient()
const device = await world.device(patient)
const from = (world.now - HOUR_MS) as UnixMs
world.hold(device, from, 10)
const until = (from + 5 * MINUTE_MS) as UnixMs
const left = () => world.hospitals.map(({ shelf }) => shelf.kept.size)

t.test('every hospital is told to erase, and who did not is named', async (t) => {
  const [, , third] = world.hospitals
  if (third === undefined) return t.fail('three hospitals')
  third.lies.reach = 'away'
  const { erased, untold } = await eraseData(patient, { from, to: until })
  t.same(
    erased.map(({ batches }) => batches),
    [5, 5],
  )
  t.match(untold, [{ hospital: third.keys.operator, reason: /cannot reach/ }])
  t.same(left(), [5, 5, 10])
  delete third.lies.reach
  const again = await eraseData(patient, { from, to: until })
  t.same([again.untold, left()], [[], [5, 5, 5]], 'again finishes it')
})

t.test('with no hospital there, that is the error', async (t) => {
  for (const { lies } of world.hospitals) lies.reach = 'away'
  await t.rejects(eraseData(patient, { from, to: until }), { code: 'UNREACHABLE' })
})
