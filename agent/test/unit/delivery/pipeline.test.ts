import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Clocks } from '@hygeia/agent/batch/dating'
import { openSealed } from '@hygeia/protocol/sealed/seal'
import type { MonotonicMs } from '@hygeia/protocol/units'
import t from 'tap'
import { testFolder } from '../../support/bedside.ts'
import {
  BOOT,
  chunkOf,
  clocksOf,
  DEVICE,
  MINUTE,
  NEVER,
  NEXT_BOOT,
  openLine,
  PATIENT,
  pulses,
  START,
  sample,
  timesOf,
} from '../../support/line.ts'
import { REALM } from '../../support/realm.ts'

const journaled = (folder: string) =>
  Number(
    new DatabaseSync(join(folder, 'agent.db'), { readOnly: true })
      .prepare('SELECT count(*) AS n FROM journal')
      .get()?.n,
  )

t.test('a window that is sealed leaves the journal', async (t) => {
  const folder = await testFolder(t)
  const line = await openLine({ folder })
  await line.pipeline.take(chunkOf(pulses(0, 59), clocksOf(START)), NEVER)
  t.equal(line.sealed().length, 0)
  t.equal(journaled(folder), 1)
  await line.pipeline.take(chunkOf(pulses(59, 61), clocksOf(START), true), NEVER)
  t.equal(line.sealed().length, 1)
  t.equal(journaled(folder), 1, 'only the window that is open')
  line.kill()
})

t.test('a killed process loses what was not journaled, and doubles nothing', async (t) => {
  const folder = await testFolder(t)
  let line = await openLine({ folder })
  await line.pipeline.take(chunkOf(pulses(0, 90), clocksOf(START)), NEVER)
  // One more second, which is not due yet.
  t.equal(await line.pipeline.take(chunkOf(pulses(90, 91), clocksOf(START)), NEVER), false)
  line.kill()

  line = await openLine({ folder })
  // The same boot goes on: the chips are read from where time is now, and something is handed in twice.
  await line.pipeline.take(chunkOf([...pulses(85, 90), ...pulses(92, 200)], clocksOf(START)), NEVER)
  await line.pipeline.finish(NEVER)
  const times = timesOf(line)
  t.equal(new Set(times).size, times.length, 'none twice')
  const expected = [...Array(200).keys()].filter((second) => second !== 90 && second !== 91)
  t.same(
    times.map((at) => at / 1_000).sort((a, b) => a - b),
    expected,
  )
  t.same(line.pipeline.stats().refused, { NOT_RISING: 5 })
  const [first, second] = line.sealed()
  t.equal(second?.from, START + MINUTE, 'the open window went on in the new process')
  t.equal(first?.to, START + 59_000)
  line.kill()
})

t.test('what an earlier boot left is sealed with its own clocks, at once', async (t) => {
  const folder = await testFolder(t)
  let line = await openLine({ folder })
  await line.pipeline.take(chunkOf(pulses(0, 10), clocksOf(START), true), NEVER)
  line.kill()
  line = await openLine({ folder })
  await line.pipeline.take(chunkOf(pulses(0, 5), clocksOf(START + 3_600_000, NEXT_BOOT), true), NEVER)
  const [batch] = line.sealed()
  t.equal(line.sealed().length, 1)
  t.match(batch, { from: START, to: START + 9_000, isDated: true })
  t.equal(batch && PATIENT.open(batch).time.boot, BOOT)
  line.kill()
})

t.test(
  'samples of an earlier boot without a clock are sealed undated, as near as the wall clock said',
  async (t) => {
    const folder = await testFolder(t)
    let line = await openLine({ folder })
    const wrong = Date.UTC(2024, 0, 1)
    await line.pipeline.take(
      chunkOf(pulses(0, 10), { ...clocksOf(undefined), wallOffsetMs: wrong }, true),
      NEVER,
    )
    line.kill()
    line = await openLine({ folder })
    await line.pipeline.take(chunkOf(pulses(0, 5), clocksOf(START, NEXT_BOOT), true), NEVER)
    t.match(line.sealed()[0], { from: wrong, isDated: false, label: 'vitals/2024-01/0' })
    line.kill()
  },
)

t.test('without a clock windows wait ten minutes, then go undated; a clock in time dates them', async (t) => {
  const folder = await testFolder(t)
  const line = await openLine({ folder })
  for (let minute = 0; minute < 10; minute++) {
    await line.pipeline.take(chunkOf(pulses(minute * 60, minute * 60 + 60), clocksOf(undefined)), NEVER)
  }
  t.equal(line.sealed().length, 0, 'nothing before ten minutes')
  await line.pipeline.take(chunkOf(pulses(600, 661), clocksOf(undefined)), NEVER)
  t.same(
    line.sealed().map(({ isDated }) => isDated),
    [false, false],
    'the first, and the second which began a minute later',
  )
  await line.pipeline.take(chunkOf(pulses(661, 662), clocksOf(START)), NEVER)
  const dated = line.sealed().slice(2)
  t.equal(dated.length, 9)
  t.ok(dated.every(({ isDated }) => isDated))
  t.equal(dated[0]?.from, START + 2 * MINUTE)
  line.kill()
})

t.test('an alert leaves at once, with a clock or without', async (t) => {
  const line = await openLine({ folder: await testFolder(t) })
  const press = sample('patient-event', 5_500, 1)
  await line.pipeline.take(chunkOf([...pulses(0, 5), press], clocksOf(undefined)), NEVER)
  t.match(line.sealed(), [{ label: 'alert/2024-01/0', priority: 'alert', isDated: false }])
  line.kill()
})

t.test('a window is cut where a month ends, UTC', async (t) => {
  const line = await openLine({ folder: await testFolder(t) })
  const clocks = clocksOf(Date.UTC(2025, 6, 1) - 30_000)
  await line.pipeline.take(chunkOf(pulses(0, 61), clocks), NEVER)
  t.match(line.sealed(), [
    { label: 'vitals/2025-06/0', to: Date.UTC(2025, 6, 1) - 1_000 },
    { label: 'vitals/2025-07/0', from: Date.UTC(2025, 6, 1) },
  ])
  line.kill()
})

t.test('a clock that is set back or on moves no month back, and unsynchronised none forward', async (t) => {
  const line = await openLine({ folder: await testFolder(t), undatedAfterMs: 0 })
  const take = async (minute: number, startUnix: number | undefined, wallOffsetMs = 0) => {
    const clocks = { ...clocksOf(startUnix), wallOffsetMs: startUnix ?? wallOffsetMs }
    await line.pipeline.take(chunkOf(pulses(minute * 60, minute * 60 + 60), clocks), NEVER)
    await line.pipeline.finish(NEVER)
    return line.sealed().at(-1)?.label
  }
  t.equal(await take(0, Date.UTC(2025, 3, 10)), 'vitals/2025-04/0')
  t.equal(await take(1, Date.UTC(2025, 1, 10)), 'vitals/2025-04/0', 'back')
  t.equal(await take(2, undefined, Date.UTC(2025, 10, 10)), 'vitals/2025-04/0', 'forward, by whom')
  t.equal(await take(3, Date.UTC(2025, 4, 10)), 'vitals/2025-05/0', 'forward, synchronised')
  line.kill()
})

t.test('a step of the clock is told once by each category, also where no window was open then', async (t) => {
  const line = await openLine({ folder: await testFolder(t) })
  const stepped = { ...clocksOf(START), steps: [{ at: 90_000 as MonotonicMs, byMs: 3_600_000 }] }
  const take = (from: number, clocks: Clocks) =>
    line.pipeline.take(
      { samples: pulses(from, from + 1), clocks, at: ((from + 60) * 1_000) as MonotonicMs, isUrgent: false },
      NEVER,
    )
  await take(0, clocksOf(START))
  await take(120, stepped)
  await take(240, stepped)
  const told = line.sealed().map((batch) => PATIENT.open(batch).time.steps)
  t.same(told, [[], stepped.steps, []])
  line.kill()
})

t.test('when the keys have run out it goes on under the last label', async (t) => {
  const line = await openLine({ folder: await testFolder(t), labelKeys: { count: 2 } })
  await line.pipeline.take(chunkOf(pulses(0, 61), clocksOf(START)), NEVER)
  t.match(line.sealed(), [{ label: 'vitals/2024-02/0' }])
  const newer = PATIENT.labelKeys(REALM, DEVICE.address, { serial: 2, generation: 1 })
  t.equal(await line.labels.offer(newer), undefined)
  await line.pipeline.take(chunkOf(pulses(61, 130), clocksOf(START)), NEVER)
  t.equal(line.sealed()[1]?.label, 'vitals/2025-06/1', 'until new ones come')
  line.kill()
})

t.test(
  'a data key serves its label and epoch, by the time of the samples, and no other process',
  async (t) => {
    const folder = await testFolder(t)
    let line = await openLine({ folder, keyEpochMs: 120_000 })
    await line.pipeline.take(chunkOf(pulses(0, 241), clocksOf(START)), NEVER)
    const keys = () => line.sealed().map(({ wrappedKey }) => Buffer.from(wrappedKey).toString('hex'))
    const [a, b, c, d] = keys()
    t.ok(a === b && c === d && b !== c, 'two minutes each')
    line.kill()
    line = await openLine({ folder, keyEpochMs: 120_000 })
    await line.pipeline.take(chunkOf(pulses(242, 302), clocksOf(START)), NEVER)
    const [, , , , e] = keys()
    t.ok(e !== undefined && e !== d)
    line.kill()
    const each = await openLine({ folder: await testFolder(t), keyEpochMs: 0 })
    await each.pipeline.take(chunkOf(pulses(0, 181), clocksOf(START)), NEVER)
    t.equal(new Set(each.sealed().map(({ wrappedKey }) => Buffer.from(wrappedKey).toString('hex'))).size, 3)
    each.kill()
  },
)

t.test('each batch names the one before, also across a kill', async (t) => {
  const folder = await testFolder(t)
  let line = await openLine({ folder })
  await line.pipeline.take(chunkOf(pulses(0, 130), clocksOf(START)), NEVER)
  line.kill()
  line = await openLine({ folder })
  await line.pipeline.take(chunkOf(pulses(131, 200), clocksOf(START)), NEVER)
  const [first, second, third] = line.sealed()
  t.equal(first?.prev, undefined)
  t.ok(second?.prev && third?.prev)
  t.equal(third?.incarnation, second?.incarnation)
  t.ok((third?.sequence ?? 0) > (second?.sequence ?? 0))
  t.throws(
    () => first && openSealed(first, new Uint8Array(32)),
    { code: 'MALFORMED' },
    'and is closed to others',
  )
  line.kill()
})
