import type { MonotonicMs } from '@hygeia/protocol/units'
import t from 'tap'
import { testFolder } from '../../support/bedside.ts'
import {
  chunkOf,
  clocksOf,
  DEVICE,
  NEVER,
  openLine,
  PATIENT,
  pulses,
  START,
  sample,
  timesOf,
} from '../../support/line.ts'
import { REALM } from '../../support/realm.ts'
import { until } from '../../support/until.ts'

t.test('samples that no batch can hold are refused, not kept for ever', async (t) => {
  const line = await openLine({ folder: await testFolder(t) })
  const bad = [
    sample('pulse', 0.5, 60),
    sample('pulse', 1_000, 60.05),
    sample('no-such-channel', 1_000, 1),
    sample('pulse', 2_000, 60),
    sample('pulse', 2_000, 61),
    sample('pulse', 3_000, Number.NaN),
  ]
  await line.pipeline.take(chunkOf([...bad, ...pulses(10, 80)], clocksOf(START)), NEVER)
  t.same(line.pipeline.stats().refused, {
    FRACTIONAL_TIME: 1,
    INEXACT_VALUE: 2,
    UNKNOWN_CHANNEL: 1,
    NOT_RISING: 1,
  })
  t.equal(line.sealed().length, 1)
  line.kill()
})

t.test('a window too large for a block becomes several', async (t) => {
  const line = await openLine({ folder: await testFolder(t), maxSamples: 65_536 })
  let state = 1
  const noise = Array.from({ length: 50_000 }, (_, at) => {
    // Numerical Recipes' generator: what it gives does not compress.
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return sample('ecg-ii', at, ((state >>> 8) % 20_001) - 10_000)
  })
  await line.pipeline.take(chunkOf(noise, clocksOf(START)), NEVER)
  await line.pipeline.finish(NEVER)
  const sealed = line.sealed()
  t.ok(sealed.length > 1, `${sealed.length} batches`)
  t.same(
    timesOf(line),
    noise.map(({ at }) => at),
  )
  line.kill()
})

t.test('windows wait for room in the spool, and when they are many so does the next sample', async (t) => {
  const line = await openLine({ folder: await testFolder(t), spoolLimitBytes: 2_000, waitingLimit: 300 })
  await line.pipeline.take(chunkOf(pulses(0, 420), clocksOf(START)), NEVER)
  t.match(line.pipeline.stats(), { trouble: 'SPOOL_FULL' }, 'it says so, and goes on')
  let isTaken = false
  const taking = line.pipeline.take(chunkOf(pulses(420, 1_000), clocksOf(START)), NEVER).then(() => {
    isTaken = true
  })
  await until('it waits', async () => line.pipeline.stats().unsealedSamples > 600)
  t.equal(isTaken, false)
  const finishing = taking.then(() => line.pipeline.finish(NEVER))
  let isDone = false
  void finishing.then(() => {
    isDone = true
  })
  const seen: number[] = []
  while (!isDone) {
    for (const { sequence, id } of line.spool.after('vitals', 0, 10)) {
      seen.push(sequence)
      line.database.transaction(() => line.spool.remove(id))
    }
    line.pipeline.changed()
    await new Promise((resolve) => setImmediate(resolve))
  }
  seen.push(...line.sealed().map(({ sequence }) => sequence))
  t.same(
    seen,
    [...Array(17).keys()].map((index) => index + 1),
    'nothing is dropped',
  )
  t.equal(line.pipeline.stats().trouble, undefined)
  line.kill()
})

t.test('the last of the room in the spool is for alerts', async (t) => {
  const folder = await testFolder(t)
  const line = await openLine({ folder, spoolLimitBytes: 16_000, waitingLimit: 10_000 })
  await line.pipeline.take(chunkOf(pulses(0, 5_000), clocksOf(START)), NEVER)
  const vitals = line.sealed().length
  t.match(line.pipeline.stats(), { trouble: 'SPOOL_FULL' })
  const presses = [1, 2, 3, 4, 5].map((press) => sample('patient-event', 5_000_000 + press * 10, 1))
  for (const press of presses) await line.pipeline.take(chunkOf([press], clocksOf(START)), NEVER)
  const alerts = line.sealed().filter(({ priority }) => priority === 'alert').length
  t.ok(alerts >= 1 && alerts < 5, `${alerts} alerts fit beyond ${vitals} batches that fill the rest`)
  t.equal(line.sealed().length, vitals + alerts)
  line.database.transaction(() => {
    for (const { id } of line.spool.after('vitals', 0, 3)) line.spool.remove(id)
  })
  await line.pipeline.take(chunkOf([], clocksOf(START)), NEVER)
  t.equal(line.spool.after('alert', 0, 10).length, 5, 'those that did not come first once there is room')
  line.kill()
})

t.test('a full disk keeps samples waiting until there is room, and then nothing is missing', async (t) => {
  const line = await openLine({ folder: await testFolder(t) })
  await line.pipeline.take(chunkOf(pulses(0, 61), clocksOf(START)), NEVER)
  const pages = Number(line.database.prepare('PRAGMA page_count').get()?.page_count)
  line.database.exec(`PRAGMA max_page_count = ${pages}`)
  let isTaken = false
  const taking = line.pipeline.take(chunkOf(pulses(61, 3_000), clocksOf(START)), NEVER).then(() => {
    isTaken = true
  })
  await until('it says so', () => line.pipeline.stats().trouble === 'DISK_FULL')
  t.equal(isTaken, false)
  line.database.exec('PRAGMA max_page_count = 1000000')
  await taking
  await line.pipeline.finish(NEVER)
  t.same(
    timesOf(line).sort((a, b) => a - b),
    pulses(0, 3_000).map(({ at }) => at),
  )
  const sequences = line.sealed().map(({ sequence }) => sequence)
  t.equal(new Set(sequences).size, sequences.length)
  line.kill()
})

t.test('samples of a category without a key wait in the journal, up to a limit', async (t) => {
  const line = await openLine({ folder: await testFolder(t), labelKeys: { categories: ['vitals'] } })
  const room = (from: number, to: number) =>
    pulses(from, to).map(({ at }) => sample('room-temperature', at, 20))
  await line.pipeline.take(chunkOf(room(0, 61), clocksOf(START)), NEVER)
  await line.pipeline.take(chunkOf(pulses(61, 122), clocksOf(START)), NEVER)
  t.same(
    line.sealed().map(({ label }) => label),
    ['vitals/2025-06/0'],
    'the others go on',
  )
  let isTaken = false
  const taking = line.pipeline.take(chunkOf(room(122, 2_000), clocksOf(START)), NEVER).then(() => {
    isTaken = true
  })
  await until('it says so', () => line.pipeline.stats().trouble === 'NO_LABEL_KEY')
  t.equal(isTaken, false)
  await line.labels.offer(PATIENT.labelKeys(REALM, DEVICE.address, { serial: 2 }))
  line.pipeline.changed()
  await taking
  await line.pipeline.finish(NEVER)
  const environment = line.sealed().filter(({ label }) => label.startsWith('environment/'))
  const kept = environment.flatMap((batch) => PATIENT.open(batch).columns.flatMap(({ samples }) => samples))
  t.equal(kept.length, 61 + 1_878)
  line.kill()
})

t.test('waiting ends when it is told to stop, and what waited is in the journal', async (t) => {
  const folder = await testFolder(t)
  const line = await openLine({ folder, spoolLimitBytes: 2_000, waitingLimit: 300 })
  const abort = new AbortController()
  const taking = line.pipeline.take(chunkOf(pulses(0, 1_000), clocksOf(START)), abort.signal)
  await until('it waits', () => line.pipeline.stats().trouble === 'SPOOL_FULL')
  abort.abort()
  await t.rejects(taking, { name: 'AbortError' })
  line.pipeline.close()
  line.kill()
  const again = await openLine({ folder })
  await again.pipeline.take({ ...chunkOf([], clocksOf(START)), at: 1_030_000 as MonotonicMs }, NEVER)
  t.same(
    timesOf(again),
    pulses(0, 1_000).map(({ at }) => at),
  )
  again.kill()
})
