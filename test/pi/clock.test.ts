import { setTimeout as delay } from 'node:timers/promises'
import { physicianAt } from '@hygeia/dapp/physician/physician'
import { monthOf, parseLabel } from '@hygeia/protocol/label'
import { HOUR_MS, MINUTE_MS, SECOND_MS, type UnixMs } from '@hygeia/protocol/units'
import t from 'tap'
import { movedClock } from '../support/failed-start.ts'
import { ofCategory } from '../support/opened.ts'
import { visit } from '../support/people.ts'
import { StallWatch } from '../support/stall-watch.ts'
import { until } from '../support/until.ts'
import type { PiConfig } from './support/bedside-pi.ts'
import { BUTTON_LINE, CountedChips } from './support/counted-chips.ts'
import { BEHIND_MS, ENOUGH_SECONDS, ofBoot, TimelessBedside } from './support/timeless-bedside.ts'

t.setTimeout(600_000)

const WINDOW_MS = 5_000
/** How long windows wait for the clock where they are not to wait long. */
const SHORT_WAIT_MS = 6_000
const JOURNAL_MS = 1_000
/** What a power cut may cost. */
const LOSS_MS = 2 * JOURNAL_MS
/** How long the clock stays where it was set to. */
const STEPPED_MS = 8_000
/** What a step is measured to be off by. */
const STEP_APART_MS = 2_000
/** The thermometer's samples are a second apart. */
const LONGEST_GAP_MS = 1_500

const CONFIG: PiConfig = {
  sensors: CountedChips.sensors(200),
  batch: { windowMs: { vitals: WINDOW_MS }, journalMs: JOURNAL_MS },
  uplink: { kind: 'mqtt', retryLimitMs: 1_000, answerMs: 3_000, stallMs: 5_000 },
}

t.test('a bedside without a battery for its clock', async (t) => {
  const timeless = await TimelessBedside.make(t, CONFIG)
  const { scene, pi, chips, bedside, begunAt, longAgo } = timeless
  const { hospital, patient, physician } = scene
  const { handedOut } = chips
  const { shell } = bedside
  const stalls = await StallWatch.start(scene.dir)
  t.teardown(() => stalls.stop())

  await t.test('what it measures before it knows the time waits, and is dated when it does', async (t) => {
    const since = handedOut.length
    const name = await timeless.boot({ hasNetwork: false, clock: longAgo })
    await timeless.enough()
    const wrongBy = await timeless.aheadMs()
    t.ok(Math.abs(wrongBy + BEHIND_MS) < 10 * MINUTE_MS, `its clock is ${wrongBy} ms off`)
    chips.gpio.drive(BUTTON_LINE, 0)
    const pressed = await bedside.until(
      'the press, and the alarm that it gives, are in the spool',
      ({ delivery }) => delivery?.spool.batches === 2,
    )
    chips.gpio.drive(BUTTON_LINE, 1)
    t.match(pressed, {
      sampling: { isSynchronised: false, samples: { 'patient-event': 1 } },
      delivery: { pipeline: { sealed: 2, sealedSamples: 2, undated: 2 }, uplink: { isUp: false } },
    })
    t.ok((pressed.delivery?.pipeline.unsealedSamples ?? 0) > ENOUGH_SECONDS, 'all else waits')

    await timeless.serveTime()
    await timeless.connect()
    await timeless.synchronised()
    const off = await timeless.aheadMs()
    t.ok(Math.abs(off) < SECOND_MS, `then its clock is ${off} ms off`)
    const reachedAt = await timeless.arrived()
    const batches = ofBoot(name, await timeless.opened(t))
    timeless.counted(t, batches, handedOut.slice(since), ({ atUnixMs }) => atUnixMs < reachedAt)
    const [vitals, alerts] = [ofCategory('vitals', batches), ofCategory('alert', batches)]
    t.same(
      new Set(vitals.map(({ header }) => header.isDated)),
      new Set([true]),
      'vitals were sealed with their time',
    )
    t.same(new Set(vitals.map(({ datedBy }) => datedBy)), new Set(['clock']), 'which their clock says')
    t.equal(alerts.length, 2, 'the press and the alarm came')
    t.same(new Set(alerts.map(({ header }) => header.isDated)), new Set([false]), 'the alerts were not')
    t.same(new Set(alerts.map(({ datedBy }) => datedBy)), new Set(['later-batch']), 'and got one')

    await bedside.configure({ ...CONFIG, batch: { ...CONFIG.batch, undatedAfterMs: SHORT_WAIT_MS } })
    await shell.run('sync')
    await pi.powerCut()
    await timeless.stopTime()
  })

  await t.test(
    'what waited too long for the time is sealed without it, and dated by what comes later',
    async (t) => {
      const since = handedOut.length
      const name = await timeless.boot({ clock: longAgo })
      await timeless.enough()
      const sent = await until('what is not dated is with the hospital', async () => {
        const { batches } = await patient.account.batches({
          from: longAgo,
          to: (longAgo + HOUR_MS) as UnixMs,
        })
        const vitals = batches.filter((one) => parseLabel(one.label).category === 'vitals')
        return vitals.some(({ isDated, state }) => !isDated && state === 'anchored') && vitals
      })
      t.same(new Set(sent.map(({ isDated }) => isDated)), new Set([false]), 'as what it is')

      await timeless.serveTime()
      await timeless.synchronised()
      const reachedAt = await timeless.arrived()
      const batches = ofBoot(name, await timeless.opened(t))
      timeless.counted(t, batches, handedOut.slice(since), ({ atUnixMs }) => atUnixMs < reachedAt)
      const [undated, dated] = [
        batches.filter(({ header }) => !header.isDated),
        batches.filter(({ header }) => header.isDated),
      ]
      t.ok(
        undated.length >= sent.length && dated.length > 0,
        `${undated.length} sealed without the time, ${dated.length} with it`,
      )
      t.same(
        new Set(undated.map(({ datedBy }) => datedBy)),
        new Set(['later-batch']),
        'the latter date the former',
      )
      t.same(new Set(dated.map(({ datedBy }) => datedBy)), new Set(['clock']), 'by their clock')
      await pi.powerCut()
      await timeless.stopTime()
    },
  )

  await t.test('what nothing ever dates comes as the estimate that it is', async (t) => {
    const since = handedOut.length
    const name = await timeless.boot({ hasNetwork: false, clock: longAgo })
    await timeless.enough()
    const { delivery } = await bedside.until(
      'some is sealed',
      ({ delivery }) => (delivery?.spool.batches ?? 0) > 0,
    )
    t.ok((delivery?.pipeline.unsealedSamples ?? 0) > 0, 'and some is not')
    const wrongBy = await timeless.aheadMs()
    stalls.takeWorst()
    const cutAt = Date.now()
    await pi.powerCut()
    const mine = handedOut.slice(since)
    const lossMs = LOSS_MS + stalls.takeWorst()

    await timeless.serveTime()
    await timeless.boot()
    await timeless.synchronised()
    await timeless.arrived()
    const batches = ofBoot(name, await timeless.opened(t))
    t.same(
      new Set(batches.map(({ datedBy }) => datedBy)),
      new Set(['estimate']),
      'no time is taken for exact',
    )
    t.same(
      new Set(batches.map(({ header }) => header.isDated)),
      new Set([false]),
      'nor was when it was sealed',
    )
    const righted = batches.map((one) => ({ ...one, offsetMs: one.offsetMs - wrongBy }))
    timeless.counted(t, righted, mine, ({ atUnixMs }) => cutAt - atUnixMs > lossMs)
    await pi.powerCut()
    await timeless.stopTime()
  })

  await t.test('steps of a clock that was right are told, and cost nothing', async (t) => {
    const since = handedOut.length
    await timeless.serveTime()
    const name = await timeless.boot()
    await timeless.synchronised()
    await timeless.enough()
    const aged = () => delay(STEPPED_MS)
    await shell.run('systemctl stop systemd-timesyncd')
    await shell.run("date --set='+1 hour'")
    await aged()
    await shell.run("date --set='-2 hours'")
    await aged()
    await shell.run('systemctl start systemd-timesyncd')
    await until('the clock is right again', async () => Math.abs(await timeless.aheadMs()) < SECOND_MS)
    await aged()
    const reachedAt = await timeless.arrived()
    const { delivery } = await bedside.until('it says how it is', ({ at }) => at > reachedAt)
    t.match(delivery, { spool: { dead: 0 }, receipts: { forged: 0 } })
    const waiting = delivery?.spool.batches ?? 0
    t.ok(waiting > 0, `${waiting} batches of the hour ahead wait until the hospital can believe them`)

    // An hour later.
    await hospital.kill()
    hospital.launch(movedClock(HOUR_MS))
    await hospital.ready()
    // Told to wait, it would ask again after a minute.
    await shell.run('systemctl restart hygeia-agent')
    await bedside.until('they were taken', ({ at, delivery }) => {
      const oldest = delivery?.spool.oldestSealedAt
      return (
        at > reachedAt && delivery?.uplink.isUp === true && (oldest === undefined || oldest < at + MINUTE_MS)
      )
    })

    const all = await timeless.opened(t, physicianAt(physician.identity, await visit(hospital, HOUR_MS)))
    const vitals = ofBoot(name, ofCategory('vitals', all))
    const rightMs = vitals.at(-1)?.offsetMs ?? Number.NaN
    const righted = vitals.map((one) => ({ ...one, offsetMs: rightMs }))
    timeless.counted(t, righted, handedOut.slice(since), ({ atUnixMs }) => atUnixMs < reachedAt)
    const times = vitals
      .flatMap(({ batch }) => batch.columns.filter(({ channel }) => channel === 'skin-temperature'))
      .flatMap(({ samples }) => samples.map(({ at }) => at))
      .filter((at) => at + rightMs < reachedAt)
    const gaps = times.slice(1).map((at, place) => at - (times[place] ?? at))
    t.ok(
      gaps.every((gap) => gap > 0 && gap <= LONGEST_GAP_MS),
      `the longest gap is of ${Math.max(...gaps)} ms`,
    )

    const told = new Map(
      vitals.flatMap(({ batch }) => batch.time.steps.map(({ at, byMs }) => [at, byMs] as const)),
    )
    const steps = [...told].sort(([a], [b]) => a - b).map(([, byMs]) => byMs)
    t.comment(`steps: ${steps.join(', ')} ms`)
    const [ahead = 0, back = 0, ...rest] = steps
    const near = (byMs: number, wanted: number) => Math.abs(byMs - wanted) < STEP_APART_MS
    t.ok(near(ahead, HOUR_MS), 'an hour ahead is told')
    t.ok(near(back, -2 * HOUR_MS), 'and two hours back')
    // First to when the service last knew the time, then to what the server says.
    t.ok(
      near(
        rest.reduce((sum, byMs) => sum + byMs, 0),
        HOUR_MS,
      ),
      'and the hour ahead to where it should be',
    )

    const places = all.map(({ header }) => `${header.incarnation} ${header.sequence}`)
    t.equal(new Set(places).size, places.length, 'no sequence was used twice')
    const ordered = all.toSorted((a, b) => a.header.sequence - b.header.sequence)
    t.equal(new Set(all.map(({ header }) => header.incarnation)).size, 1, 'in one life')
    for (const category of ['vitals', 'alert'] as const) {
      const months = ofCategory(category, ordered).map(({ header }) => parseLabel(header.label).month)
      t.same(months, months.toSorted(), `the month of ${category} never goes back`)
    }
    // The clock that nobody had set stood in an earlier one.
    const past = ofCategory('vitals', all).filter(
      ({ header }) => parseLabel(header.label).month < monthOf(begunAt),
    )
    t.same(past, [], 'nor did that of vitals begin there')
  })
})
