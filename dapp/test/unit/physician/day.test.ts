import { DAY_MS, MINUTE_MS, type UnixMs } from '@hygeia/protocol/units'
import t from 'tap'
import { openGrant } from '../../../src/physician/open.ts'
import { World } from '../../support/world.ts'

// A whole day is sealed in seconds; an hour shows the same in every run.
const minutes = process.env.HYGEIA_SOAK === undefined ? 60 : 1_440

t.test(`${minutes} minutes of four 1 Hz channels open whole`, async (t) => {
  const world = await World.start()
  t.teardown(() => world.stop())
  const [patient, physician] = [await world.patient(), await world.physician()]
  const device = await world.device(patient)
  const epoch = 15 * MINUTE_MS
  const from = (Math.floor((world.now - DAY_MS) / epoch) * epoch) as UnixMs
  world.hold(device, from, minutes)
  const granted = await world.grant(patient, physician)
  const started = performance.now()
  let readings = 0
  let missing = 0
  for await (const opened of openGrant(physician, granted, { from, to: (from + DAY_MS) as UnixMs })) {
    if (opened.fault !== undefined) return t.fail(opened.fault.code)
    for (const { samples } of opened.batch.columns) {
      readings += samples.length
      for (const sample of samples) if (sample.missing === 'probe-off') missing++
    }
  }
  t.comment(
    `${readings} readings in ${Math.round(performance.now() - started)} ms, the hospital's work included`,
  )
  t.equal(readings, minutes * 240)
  t.equal(missing, minutes)
})
