import { randomInt } from 'node:crypto'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { monthOf } from '@hygeia/protocol/label'
import { HOUR_MS, MINUTE_MS, type UnixMs } from '@hygeia/protocol/units'
import t from 'tap'
import { arrivedUntil, listBatches } from '../support/arrivals.ts'
import { type DeviceConfig, DeviceProcess } from '../support/device.ts'
import { ledgerOf, noisyBedside } from '../support/noisy-bedside.ts'
import { openReadings } from '../support/opened.ts'
import { type CountedReading, countReadings, readLedger } from '../support/readings.ts'
import { grantSpan, openScene } from '../support/scene.ts'
import { spooledBatches } from '../support/spooled.ts'
import { StallWatch } from '../support/stall-watch.ts'
import { until } from '../support/until.ts'

const ROUNDS = process.env.HYGEIA_SOAK === '1' ? 10 : 1
/** One in so many comes before the agent can have read a chip. */
const UNBORN = 5
/** The open windows go to the disk this often, in time of the samples. */
const JOURNAL_MS = 1_000
/** What a kill may cost, in time of the samples: for the agent in real time, two seconds. */
const LOSS_MS = 2 * JOURNAL_MS
/** Longer than a window, and than an agent takes to seal it: one life with a hospital that says nothing. */
const SILENT_MS = 4_000
/** The hub has its first report so long after the thermometer's. */
const HUB_STARTS_MS = 1_500

interface Bedside {
  readonly dir: string
  readonly config: DeviceConfig
  readonly device: DeviceProcess
  readonly kills: number
  /** Longest from the first reading of a life to its kill. */
  readonly lifeMs: number
  /** What the chips handed out in each life, and what a kill at its end may have cost, in time of the samples. */
  readonly lives: { readonly readings: readonly CountedReading[]; readonly lossMs: number }[]
  /** What was seen to lie in the spool. */
  readonly spooled: Set<string>
  /** Lines of the chips' ledger that belong to lives that are over. */
  counted: number
}

t.setTimeout(ROUNDS * 300_000)

t.test('a killed agent loses two seconds of samples at most, and doubles nothing', async (t) => {
  const began = performance.now()
  const scene = await openScene(t)
  const { patient, physician } = scene
  const start = (Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS - 48 * HOUR_MS) as UnixMs
  const fast = { kind: 'mqtt', speed: 60 } as const
  // In real time, where nothing holds the samples back when the disk is slow; the chips are read more often for it.
  const real = { kind: 'coap', speed: 1, periodMs: 100, windowMs: 1_000 } as const
  const plans = [
    { options: fast, kills: 8 * ROUNDS, lifeMs: 3_000 },
    // Some of its lives have to be longer than what a kill may cost, of the hub too, which starts after the thermometer.
    { options: real, kills: 6 * ROUNDS, lifeMs: 3 * LOSS_MS + HUB_STARTS_MS },
  ]
  const bedsides = await Promise.all(
    plans.map(async ({ options, kills, lifeMs }): Promise<Bedside> => {
      const dir = join(scene.dir, options.kind)
      const config = noisyBedside({ dir, start, journalMs: JOURNAL_MS, ...options })
      const device = await DeviceProcess.init(dir, config)
      return { dir, config, device, kills, lifeMs, lives: [], spooled: new Set(), counted: 0 }
    }),
  )
  for (const { device } of bedsides) await device.pair(patient, monthOf(start))
  t.teardown(() => Promise.all(bedsides.map(({ device }) => device.process.kill())))
  const stalls = await StallWatch.start(scene.dir)
  try {
    await Promise.all(bedsides.map((bedside) => killOften(bedside, stalls)))
    // Where nobody gives receipts, what is sealed has to wait.
    scene.hospital.process.freeze()
    await Promise.all(bedsides.map((bedside) => liveAndDie(bedside, stalls, SILENT_MS)))
  } finally {
    scene.hospital.process.thaw()
    stalls.stop()
  }

  // Everything that is in a journal or a spool now has to arrive.
  const span = { from: start, to: (Date.now() + MINUTE_MS) as UnixMs }
  for (const { device } of bedsides) device.start()
  for (const { device, lives } of bedsides) {
    const last = Math.max(...lives.flatMap(({ readings }) => readings).map(({ at }) => at)) as UnixMs
    await arrivedUntil(patient, device, { from: last, to: span.to })
  }
  const opened = await openReadings(physician, await grantSpan(scene, span), span)
  t.same(opened.faults, [], 'every batch opens')
  t.same(opened.doubled, [], 'no reading came twice')
  t.equal(new Set(opened.sequences).size, opened.sequences.length, 'nor any sequence')
  const { anchored } = await listBatches(patient, span)
  for (const { device, dir, config, kills, lives, spooled } of bedsides) {
    const { kind } = config.uplink ?? {}
    const counted = lives.flatMap(({ readings }) => readings)
    const lost = counted.filter(({ name }) => !opened.values.has(name))
    const late = lives.flatMap(({ readings, lossMs }) => {
      const end = Math.max(...readings.map(({ at }) => at))
      return readings.filter(({ name, at }) => !opened.values.has(name) && end - at >= lossMs)
    })
    t.ok(counted.length > 20 * kills, `${counted.length} readings counted at the chips of the ${kind} device`)
    t.same(late, [], 'what a kill costs is of the last two seconds before it')
    const names = new Map(
      countReadings(await readLedger(ledgerOf(dir)), device.address, config).map((one) => [one.name, one]),
    )
    const invented = [...opened.values].filter(
      ([name, value]) =>
        name.startsWith(device.address) && typeof value === 'number' && names.get(name)?.value !== value,
    )
    t.same(invented, [], 'nothing came that no chip has said')
    t.ok(spooled.size > 0, `${spooled.size} sealed batches were in the spool at a kill`)
    t.same(
      [...spooled].filter((cid) => !anchored.has(cid)),
      [],
      'each of them arrived',
    )
    const incarnations = new Set(
      opened.sequences.filter((one) => one.startsWith(device.address)).map((one) => one.split(' ')[1]),
    )
    t.equal(incarnations.size, 1, 'the spool never took itself for a copy')
    t.match((await device.status())?.delivery, {
      receipts: { forged: 0 },
      spool: { dead: 0 },
      pipeline: { journalUnreadable: 0 },
    })
    const share = lost.length / kills
    t.comment(`${kind}: ${kills} kills, ${counted.length} readings counted, ${share.toFixed(1)} lost a kill`)
  }
  t.comment(`${opened.sequences.length} batches, ${Math.round((performance.now() - began) / 1_000)} s`)
})

async function killOften(bedside: Bedside, stalls: StallWatch): Promise<void> {
  const { kills, lifeMs } = bedside
  for (let kill = 0; kill < kills; kill++) {
    // At a random moment of another part of a life each time: else chance makes most of them short.
    const afterMs = ((kills - 1 - kill + Math.random()) / kills) * lifeMs
    await liveAndDie(bedside, stalls, kill % UNBORN === UNBORN - 1 ? undefined : afterMs)
  }
}

/** @param afterMs - from the first reading to the kill; undefined for one that comes before it, as a rule */
async function liveAndDie(bedside: Bedside, stalls: StallWatch, afterMs: number | undefined): Promise<void> {
  const { device, dir, config, lives, spooled, counted } = bedside
  const isRealTime = config.simulation?.time?.speed === 1
  device.start()
  if (afterMs === undefined) await delay(randomInt(1_000))
  else {
    await until('the chips are read', async () => (await readLedger(ledgerOf(dir))).length > counted)
    await delay(afterMs)
  }
  await device.process.kill()
  // Where time can be held, it waits for a machine that stands still.
  const lossMs = LOSS_MS + (isRealTime ? stalls.takeWorst() : 0)
  const ledger = await readLedger(ledgerOf(dir))
  const life = countReadings(ledger.slice(counted), device.address, config)
  if (life.length > 0) lives.push({ readings: life, lossMs })
  bedside.counted = ledger.length
  for (const cid of await spooledBatches(device.stateDir)) spooled.add(cid)
}
