import { randomInt } from 'node:crypto'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { monthOf } from '@hygeia/protocol/label'
import type { Receipt } from '@hygeia/protocol/receipt/receipt'
import { HOUR_MS, MINUTE_MS, type UnixMs } from '@hygeia/protocol/units'
import t from 'tap'
import { anchoredOnChain, anchorsByBatch, differenceOf } from '../support/anchors.ts'
import { arrivedUntil, listBatches } from '../support/arrivals.ts'
import { ChainWatch } from '../support/chain-watch.ts'
import { DeviceProcess } from '../support/device.ts'
import type { HospitalProcess } from '../support/hospital.ts'
import { ledgerOf, noisyBedside } from '../support/noisy-bedside.ts'
import { openReadings } from '../support/opened.ts'
import { RawDevice } from '../support/raw-device.ts'
import { countReadings, nameOfReading, readLedger } from '../support/readings.ts'
import { grantSpan, openScene, type Scene } from '../support/scene.ts'
import { until } from '../support/until.ts'

const KILLS = process.env.HYGEIA_SOAK === '1' ? 200 : 8
/** Simulated seconds a second. */
const SPEED = 30
/** Of a batch, in time of the samples. */
const WINDOW_MS = 5_000
/** From the first batch taken to the kill, or from being ready in every fourth life. */
const LIFE_MS = 1_500
/** One in so many is killed again before it is ready. */
const UNBORN = 5
/** Between two of a device's batches on each of its lanes. */
const RAW_EVERY_MS = 150
/** Batches whose receipts are fetched at once. */
const AT_ONCE = 32
/** The agent believes a press once the contact has been still for so long. */
const DEBOUNCE_MS = 30

t.setTimeout(KILLS * 40_000)

t.test(`${KILLS} kills of the hospital lose nothing, double nothing, and anchor nothing twice`, async (t) => {
  const began = performance.now()
  const scene = await openScene(t)
  const { hospital, known, patient, physician } = scene
  const start = (Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS - 48 * HOUR_MS) as UnixMs
  const presses = Array.from({ length: 2_000 }, (_, index) => 30_000 + index * 300_000)

  const agents = await Promise.all(
    (['mqtt', 'coap'] as const).map(async (kind) => {
      const dir = join(scene.dir, kind)
      const config = noisyBedside({ dir, kind, start, speed: SPEED, windowMs: WINDOW_MS, presses })
      return { kind, dir, config, device: await DeviceProcess.init(dir, config) }
    }),
  )
  // One after the other: each pairing raises what the patient's own records know.
  for (const { device } of agents) await device.pair(patient, monthOf(start))
  const raw = [
    await RawDevice.bind(patient, hospital, 'mqtt'),
    await RawDevice.bind(patient, hospital, 'coap'),
  ]
  const watch = new ChainWatch(hospital.endpoints.rpc)
  t.teardown(() => watch.stop())
  for (const { device } of agents) device.start()
  t.teardown(() => Promise.all(agents.map(({ device }) => device.process.kill())))
  for (const device of raw) device.start(RAW_EVERY_MS)

  const acknowledged = () => raw.reduce((sum, device) => sum + device.acknowledged.length, 0)
  let unborn = 0
  let idle = 0
  for (let kill = 0; kill < KILLS; kill++) {
    const before = acknowledged()
    if (kill % 4 !== 3) await until('batches are taken', async () => acknowledged() > before)
    await delay(randomInt(LIFE_MS))
    await hospital.kill()
    if (acknowledged() === before) idle++
    if (kill % UNBORN === 0) {
      await killUnborn(hospital)
      unborn++
    }
    await hospital.start()
    if (!(await watch.stillHas())) t.fail(`the chain lost blocks at kill ${kill}`)
  }
  t.ok(
    agents.every(({ device }) => device.process.isRunning),
    'the agents did not notice more than silence',
  )

  // What was counted until here has to arrive; the agents go on measuring meanwhile.
  const counted = await Promise.all(
    agents.map(async ({ dir, device, config }) =>
      countReadings(await readLedger(ledgerOf(dir)), device.address, config),
    ),
  )
  await Promise.all(raw.map((device) => device.finish()))
  const ends = counted.map((readings) => Math.max(...readings.map(({ at }) => at)))
  const span = { from: start, to: (Date.now() + MINUTE_MS) as UnixMs }
  for (const [index, { device }] of agents.entries()) {
    await arrivedUntil(patient, device, { from: (ends[index] ?? 0) as UnixMs, to: span.to })
  }
  const granted = await grantSpan(scene, span)
  const opened = await openReadings(physician, granted, span)

  t.same(opened.faults, [], 'every batch opens')
  t.same(opened.doubled, [], 'no reading came twice')
  t.equal(new Set(opened.sequences).size, opened.sequences.length, 'nor any sequence')
  for (const [index, { kind }] of agents.entries()) {
    const readings = counted[index] ?? []
    t.ok(readings.length > 1_000, `${readings.length} readings counted at the chips of the ${kind} device`)
    const wrong = readings.filter(({ name, value }) => opened.values.get(name) !== value)
    t.same(wrong, [], 'each is at the physician, as the chip said it')
  }
  for (const [index, { device }] of agents.entries()) {
    const due = presses.map((press) => start + press + DEBOUNCE_MS).filter((at) => at < (ends[index] ?? 0))
    const missed = due.filter(
      (at) => opened.values.get(nameOfReading(device.address, 'patient-event', at as UnixMs)) !== 1,
    )
    t.ok(due.length > 0)
    t.same(missed, [], `${due.length} presses of the button are there`)
    const status = await device.status()
    t.match(status?.delivery, { receipts: { forged: 0 }, spool: { dead: 0, isNewLife: true } })
  }
  for (const { acknowledged, refused } of raw) {
    t.same(refused, [])
    const lost = acknowledged.filter(({ reading }) => opened.values.get(reading.name) !== reading.value)
    t.same(
      lost.map(({ sequence }) => sequence),
      [],
      `${acknowledged.length} acknowledged batches are there`,
    )
  }

  t.same(watch.faults, [], 'no block was ever replaced')
  t.same(await watch.whole(), [], 'the chain is whole')
  for (const { device } of agents) await device.process.kill()
  const listed = await until('everything taken is anchored', async () => {
    const found = await listBatches(patient, span)
    return found.waiting === 0 ? found.anchored : undefined
  })
  const receipts = await receiptsOf(scene, [...listed])
  const anchors = await anchoredOnChain(hospital.endpoints.rpc, (await known.client.realm()).anchor)
  await watch.stop()
  await hospital.stop()
  const byBatch = await anchorsByBatch(join(hospital.dir, 'data'), anchors)
  t.same(
    [...byBatch].filter(([, places]) => places.length !== 1),
    [],
    'no batch was anchored twice',
  )
  const differing = [...receipts].flatMap(([cid, receipt]) => {
    const [place] = byBatch.get(cid) ?? []
    const fault = place === undefined ? 'not on the chain' : differenceOf(receipt?.anchor, place)
    return fault === undefined ? [] : [`${cid}: ${fault}`]
  })
  t.same(differing, [], 'each receipt says what the chain says')
  t.equal(receipts.size, byBatch.size, 'and there is one for each batch that was anchored')

  const readings = counted.reduce((sum, { length }) => sum + length, 0)
  const seconds = Math.round((performance.now() - began) / 1_000)
  t.comment(
    `${KILLS + unborn} kills, ${unborn} of them before the hospital was ready and ${idle} before it took a ` +
      `batch; ${readings} readings counted, ${acknowledged()} raw batches acknowledged, ${byBatch.size} batches under ${anchors.length} anchors, ` +
      `${watch.height} blocks, ${seconds} s`,
  )
})

/** Start the hospital, and kill it before it can be ready. */
async function killUnborn(hospital: HospitalProcess): Promise<void> {
  hospital.launch()
  await delay(randomInt(100, 1_500))
  await hospital.kill()
}

/** What the hospital hands out as proof of each batch. */
async function receiptsOf(
  { known }: Scene,
  cids: readonly string[],
): Promise<ReadonlyMap<string, Receipt | undefined>> {
  const receipts = new Map<string, Receipt | undefined>()
  for (let first = 0; first < cids.length; first += AT_ONCE) {
    const some = cids.slice(first, first + AT_ONCE)
    await Promise.all(some.map(async (cid) => receipts.set(cid, await known.client.receipt(cid))))
  }
  return receipts
}
