import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { BatchRecord } from '@hygeia/daemon/store/record'
import { CATEGORIES } from '@hygeia/protocol/channel'
import { monthOf } from '@hygeia/protocol/label'
import { PRIORITIES } from '@hygeia/protocol/sealed/header'
import { HOUR_MS, MINUTE_MS, type UnixMs } from '@hygeia/protocol/units'
import t from 'tap'
import { arrivedInOrder } from '../support/arrival-order.ts'
import { DeviceProcess } from '../support/device.ts'
import { heapLimitsOfUnit, residentMb } from '../support/memory.ts'
import { ledgerOf } from '../support/noisy-bedside.ts'
import { openReadings } from '../support/opened.ts'
import { countReadings, nameOfReading, readLedger } from '../support/readings.ts'
import { grantSpan, openScene } from '../support/scene.ts'
import { until } from '../support/until.ts'
import { DEBOUNCE_MS, playedMinutes, startBefore, wholeBedside } from '../support/whole-bedside.ts'

const HOURS = 24
/** Simulated seconds a second, as long as the machine keeps up. */
const SPEED = 1_800
const LIMIT_MS = 300_000
const PRESS_EVERY_MS = 29 * MINUTE_MS
/** Hour from which on memory is held to be flat: before, heaps and caches still fill. */
const WARM_HOUR = 4
const MAX_GROWTH = 0.1
/** Batches on their way at once: so many of a lower priority may have left before a higher one is looked for again. */
const IN_FLIGHT = 4

t.setTimeout(LIMIT_MS)

t.test(`${HOURS} hours without the hospital, then all of it in order of priority`, async (t) => {
  const began = performance.now()
  const scene = await openScene(t)
  const { dir: folder, hospital, patient, physician } = scene
  const dir = join(folder, 'bedside')
  const start = startBefore(HOURS * HOUR_MS)
  const presses = Array.from(
    { length: Math.floor((HOURS * HOUR_MS) / PRESS_EVERY_MS) },
    (_, index) => (index + 1) * PRESS_EVERY_MS - 500,
  )
  const recording = join(folder, 'recording.csv')
  await writeFile(recording, playedMinutes(HOURS * 60))
  // A second of ours is half an hour of theirs: what a bed journals each second is every window here.
  const times = { windowMs: MINUTE_MS, journalMs: MINUTE_MS }
  const config = wholeBedside({
    dir,
    start,
    speed: SPEED,
    presses,
    recording,
    ...times,
    inFlight: IN_FLIGHT,
  })
  const device = await DeviceProcess.init(dir, config)
  await device.pair(patient, monthOf(start))
  await hospital.stop()

  const playing = performance.now()
  device.start(await heapLimitsOfUnit())
  t.teardown(() => device.process.kill())
  const memory = await memoryByHour(device)
  const away = await device.status()
  const playedSec = Math.round((performance.now() - playing) / 1_000)
  t.equal(away?.delivery?.receipts.count, 0, 'the hospital had nothing of it')
  t.match(away?.problems, [{ code: 'HOSPITAL_AWAY' }], 'and the status says so')
  const { bytes = 0 } = away?.delivery?.spool ?? {}

  const returned = performance.now()
  await hospital.start()
  await device.delivered(LIMIT_MS)
  const deliveredSec = Math.round((performance.now() - returned) / 1_000)
  const last = await device.status()
  t.match(
    last?.delivery,
    { spool: { batches: 0, dead: 0, deadDropped: 0 }, receipts: { forged: 0 } },
    'none is left, none was refused',
  )

  const counted = countReadings(await readLedger(ledgerOf(dir)), device.address, config)
  const span = { from: start, to: (Date.now() + MINUTE_MS) as UnixMs }
  const opened = await openReadings(physician, await grantSpan(scene, span, CATEGORIES), span)
  t.same(opened.faults, [], 'every batch opens')
  t.same(opened.doubled, [], 'no reading came twice')
  const lost = counted.flatMap(({ name, value }) => {
    const found = opened.values.get(name)
    return found === value ? [] : [{ name, value, found }]
  })
  t.same(lost.slice(0, 5), [], `each of ${counted.length} readings is at the physician as the chip said it`)
  const missed = presses
    .map((press) => nameOfReading(device.address, 'patient-event', (start + press + DEBOUNCE_MS) as UnixMs))
    .filter((name) => opened.values.get(name) !== 1)
  t.same(missed, [], `and each of ${presses.length} presses of the button`)

  await hospital.stop()
  const arrivals = (await arrivedInOrder(join(hospital.dir, 'data'))).filter(
    (record) => record.device === device.address,
  )
  t.equal(arrivals.length, last?.delivery?.pipeline.sealed, 'each batch came once')
  for (const priority of PRIORITIES) {
    const some = arrivals.filter((record) => record.priority === priority).length
    t.ok(some > HOURS, `${some} batches of priority ${priority}`)
  }
  t.same(overtaken(arrivals), [], 'they came in order of priority, the oldest of each first')

  const [warm = 0, end = 0] = [memory.get(WARM_HOUR), memory.get(HOURS)]
  t.ok(
    end <= warm * (1 + MAX_GROWTH),
    `resident memory, Node-RED's with it, is flat: ${warm} MB, then ${end} MB`,
  )
  t.comment(
    `${HOURS} h in ${playedSec} s: ${counted.length} readings in ${arrivals.length} batches, ${bytes} bytes; delivered in ` +
      `${deliveredSec} s; ${Math.round((performance.now() - began) / 1_000)} s in all`,
  )
  t.comment(`resident MB by hour: ${[...memory].map(([hour, mb]) => `${hour}: ${mb}`).join(', ')}`)
})

/** Resident memory of the agent at each whole hour of its own time, in MB, until its recording has ended. */
async function memoryByHour(device: DeviceProcess): Promise<ReadonlyMap<number, number>> {
  const memory = new Map<number, number>()
  await until(
    'the recording is over',
    async () => {
      const { sampling } = (await device.status()) ?? {}
      if (sampling === undefined) return false
      const { endsAtMonotonicMs = 0, atMonotonicMs, hasEnded } = sampling
      const hour = HOURS - Math.ceil((endsAtMonotonicMs - atMonotonicMs) / HOUR_MS)
      const reached = hasEnded ? HOURS : hour
      if (reached > 0 && !memory.has(reached)) {
        memory.set(reached, Math.round(await residentMb(device.process.pid)))
      }
      return hasEnded
    },
    LIMIT_MS,
  )
  return memory
}

/** Batches that came after one that they go before, but for those that were on their way together. */
function overtaken(arrivals: readonly BatchRecord[]): readonly string[] {
  const places = arrivals.map((record) => ({ ...record, rank: PRIORITIES.indexOf(record.priority) }))
  const wanted = places.toSorted((a, b) => a.rank - b.rank || a.sequence - b.sequence)
  return wanted.flatMap(({ arrival, priority, sequence }, place) => {
    const off = Math.abs(places.findIndex((one) => one.arrival === arrival) - place)
    return off < IN_FLIGHT ? [] : [`${priority} ${sequence} came ${off} places off`]
  })
}
