import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { AgentStatus } from '@hygeia/agent/health/status'
import { CATEGORIES } from '@hygeia/protocol/channel'
import { monthOf } from '@hygeia/protocol/label'
import { MINUTE_MS, type UnixMs } from '@hygeia/protocol/units'
import t from 'tap'
import { arrivedInOrder } from '../support/arrival-order.ts'
import { AGENT, DeviceProcess } from '../support/device.ts'
import { ledgerOf } from '../support/noisy-bedside.ts'
import { type OpenedReadings, openReadings } from '../support/opened.ts'
import { outcomeOf } from '../support/process.ts'
import { type CountedReading, countReadings, nameOfReading, readLedger } from '../support/readings.ts'
import { grantSpan, openScene } from '../support/scene.ts'
import { until } from '../support/until.ts'
import { DEBOUNCE_MS, playedMinutes, startBefore, wholeBedside } from '../support/whole-bedside.ts'

/** Simulated seconds a second. */
const SPEED = 120
const MINUTES = 100
/** Full after half an hour. */
const SPOOL_BYTES = 131_072
const WINDOW_MS = 10_000
/** While the spool is full, the pulse is too high. */
const HIGH = { from: 45, to: 48, pulse: 150, limit: 130 }
const PRESSES_MS = [4, 20, 42, 50].map((minute) => minute * MINUTE_MS - 500)
/** From when on the hospital is there again. */
const BACK_MINUTE = 55

t.setTimeout(240_000)

t.test('a spool that fills records less step by step, says so, and drops nothing unsaid', async (t) => {
  const scene = await openScene(t)
  const { dir: folder, hospital, patient, physician } = scene
  const dir = join(folder, 'bedside')
  const start = startBefore(MINUTES * MINUTE_MS)
  const recording = join(folder, 'recording.csv')
  const pulseAt = (minute: number) =>
    minute >= HIGH.from && minute < HIGH.to ? HIGH.pulse : 70 + (minute % 9)
  await writeFile(recording, playedMinutes(MINUTES, pulseAt))
  const times = { windowMs: WINDOW_MS, journalMs: WINDOW_MS }
  const bed = { dir, start, speed: SPEED, presses: PRESSES_MS, recording, ...times, inFlight: 8 }
  const config = {
    ...wholeBedside(bed),
    spool: { limitBytes: SPOOL_BYTES },
    alerts: { thresholds: [{ channel: 'pulse', high: HIGH.limit }] },
  }
  const device = await DeviceProcess.init(dir, config)
  await device.pair(patient, monthOf(start))
  await hospital.stop()
  device.start()
  t.teardown(() => device.process.kill())

  // away: it fills
  const steps: string[] = []
  let mostAlarms = 0
  const full = await until(
    'the spool is full, and the pulse was too high',
    async () => {
      const status = await device.status()
      const step = status?.delivery?.spool.recording
      if (status === undefined || step === undefined) return false
      if (steps.at(-1) !== step) steps.push(step)
      if (step === 'alerts-only') mostAlarms = Math.max(mostAlarms, status.sampling?.alarms.medium ?? 0)
      return minuteOf(status, start) >= BACK_MINUTE && status
    },
    60_000,
  )
  t.same(
    steps,
    ['all', 'rest-thinned', 'ecg-strips', 'vitals-thinned', 'alerts-only'],
    'less is recorded, step by step',
  )
  t.equal(mostAlarms, 1, 'the alarm at the bed goes by samples of which none is recorded')
  t.ok((full.delivery?.spool.bytes ?? 0) <= SPOOL_BYTES, 'the spool keeps to its limit')
  const problems = full.problems.map(({ code }) => code)
  t.ok(problems.includes('HOSPITAL_AWAY') && problems.includes('RECORDING_LESS'), problems.join(', '))
  const said = await outcomeOf(AGENT, ['status', '--config', device.configFile])
  t.match(
    said.stdout,
    /the spool is full: nothing but alerts is recorded; alarms go on/,
    'the command says so',
  )
  t.match(said.stdout, /not recorded +\d{4,} \(/, 'and how many readings that cost')

  // back: it drains
  await hospital.start()
  // Well below where it gives way, or a slow moment of the hospital begins that anew; and seen from a later word of
  // the sampler's, as the two parts of a status are told at different times.
  let roomySince: number | undefined
  const wholeFrom = await until('everything is recorded again', async () => {
    const { sampling, delivery } = (await device.status()) ?? {}
    const isRoomy = delivery?.spool.recording === 'all' && delivery.spool.bytes < SPOOL_BYTES / 2
    roomySince = isRoomy ? (roomySince ?? sampling?.atUnixMs) : undefined
    return roomySince !== undefined && sampling && sampling.atUnixMs > roomySince && sampling.atUnixMs
  })
  await device.delivered(120_000)
  const last = await device.status()
  t.match(last?.delivery?.spool, { batches: 0, dead: 0, deadDropped: 0, recording: 'all' }, 'it drains')
  t.same(last?.problems, [], 'nothing is wrong any more')

  // what came of it
  const counted = countReadings(await readLedger(ledgerOf(dir)), device.address, config)
  const span = { from: start, to: (Date.now() + MINUTE_MS) as UnixMs }
  const opened = await openReadings(physician, await grantSpan(scene, span, CATEGORIES), span)
  t.same(opened.faults, [], 'every batch opens')
  t.same(opened.doubled, [], 'nothing came twice')
  const wrong = counted.filter(({ name, value }) => {
    const found = opened.values.get(name)
    return found !== undefined && found !== value && found !== 'not-recorded'
  })
  t.same(wrong, [], 'what arrived is what the chips said, or says that it was not recorded')
  const tally = tallied(counted, opened)
  t.same(tally.unsaid, [], 'whatever is missing lies in a gap that says why')
  const { samples = {}, notRecorded = {} } = last?.sampling ?? {}
  const measured = Object.keys(tally.recorded)
  t.same(
    measured.map((channel) => [channel, samples[channel], notRecorded[channel]]),
    measured.map((channel) => [channel, tally.recorded[channel], tally.left[channel]]),
    'and the status counts, by channel, what arrived and what did not',
  )
  t.equal(notRecorded['patient-event'], undefined, 'no call for help was left out')
  const late = counted.filter(({ at }) => at > wholeFrom + WINDOW_MS)
  t.ok(late.length > 1_000, `${late.length} readings from after it drained`)
  t.same(
    late.filter(({ name, value }) => opened.values.get(name) !== value),
    [],
    'at full rate again once it drained',
  )
  const missed = PRESSES_MS.map((press) =>
    nameOfReading(device.address, 'patient-event', (start + press + DEBOUNCE_MS) as UnixMs),
  ).filter((name) => opened.values.get(name) !== 1)
  t.same(missed, [], 'each press of the button arrived')

  await hospital.stop()
  const arrivals = (await arrivedInOrder(join(hospital.dir, 'data'))).filter(
    (record) => record.device === device.address,
  )
  t.equal(arrivals.length, last?.delivery?.pipeline.sealed, 'and each batch that was sealed')
  const alarmed = arrivals.some(
    ({ priority, from }) =>
      priority === 'alert' &&
      from >= start + HIGH.from * MINUTE_MS &&
      from < start + (HIGH.from + 1) * MINUTE_MS,
  )
  t.ok(alarmed, 'the alarm too, from the middle of what was not recorded')
  const sum = (counts: Readonly<Record<string, number>>) =>
    Object.values(counts).reduce((all, count) => all + count, 0)
  t.comment(
    `${counted.length} readings: ${sum(tally.recorded)} arrived, ${sum(tally.left)} were not recorded; ` +
      `${arrivals.length} batches`,
  )
})

function minuteOf({ sampling }: AgentStatus, start: UnixMs): number {
  return ((sampling?.atUnixMs ?? start) - start) / MINUTE_MS
}

/** By channel: how many readings arrived and how many did not; and those of which nothing says why they did not. */
function tallied(counted: readonly CountedReading[], { values }: OpenedReadings) {
  const recorded: Record<string, number> = {}
  const left: Record<string, number> = {}
  const unsaid: string[] = []
  const isInGap = new Map<string, boolean>()
  for (const { name } of counted.toSorted((a, b) => a.at - b.at)) {
    const channel = name.split(' ')[1] ?? ''
    const found = values.get(name)
    if (found !== undefined) isInGap.set(channel, found === 'not-recorded')
    else if (!isInGap.get(channel)) unsaid.push(name)
    const counts = found === undefined || found === 'not-recorded' ? left : recorded
    counts[channel] = (counts[channel] ?? 0) + 1
  }
  return { recorded, left, unsaid }
}
