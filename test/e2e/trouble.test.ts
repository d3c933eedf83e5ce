import { rm, statfs, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { monthOf } from '@hygeia/protocol/label'
import { HOUR_MS, MINUTE_MS, type UnixMs } from '@hygeia/protocol/units'
import t, { type Test } from 'tap'
import { arrivedUntil } from '../support/arrivals.ts'
import { AGENT, type DeviceConfig, DeviceProcess } from '../support/device.ts'
import { statusOf } from '../support/hospital.ts'
import { ledgerOf, noisyBedside } from '../support/noisy-bedside.ts'
import { openReadings } from '../support/opened.ts'
import { outcomeOf } from '../support/process.ts'
import { countReadings, readLedger } from '../support/readings.ts'
import { grantSpan, openScene, type Scene } from '../support/scene.ts'
import { mountSmall, whyNoMount } from '../support/small-disk.ts'
import { until } from '../support/until.ts'

/** Simulated seconds a second. */
const SPEED = 20
/** Enough for a hospital, and little enough to be filled at once. */
const DISK_MIB = 160
/** Of a batch, in time of the samples; two of them in ours are what the spool wants before it tells the hours left. */
const WINDOW_MS = 5_000
/** Batches that pile up before we have seen enough. */
const PILE = 10

interface Bedside {
  readonly device: DeviceProcess
  readonly config: DeviceConfig
}

t.setTimeout(240_000)

t.test(
  'while the hospital is away the spools hold and say for how long; then all of it arrives',
  async (t) => {
    const scene = await openScene(t)
    const { hospital } = scene
    const bedsides = await startBedsides(t, scene)

    hospital.process.freeze()
    t.teardown(() => hospital.process.thaw())
    await piledUp(bedsides)
    for (const { device } of bedsides) {
      const status = await device.status()
      t.match(
        status?.problems.map(({ code }) => code),
        ['HOSPITAL_AWAY'],
        'the status names the trouble',
      )
      const said = await outcomeOf(AGENT, ['status', '--config', device.configFile])
      t.match(
        said.stdout,
        /\d+ waiting, .*, full in \d+(\.\d)? h if nothing leaves/,
        'and says how many hours are left',
      )
      t.match(said.stdout, /by (mqtt|coap), not reached/)
    }
    hospital.process.thaw()
    await arrived(t, scene, bedsides)

    await hospital.stop()
    t.equal(await hospital.process.ended, 0, 'a hospital that is told to stop ends with 0')
    await piledUp(bedsides)
    await hospital.start()
    const counted = await arrived(t, scene, bedsides)
    await atPhysician(t, scene, counted)
  },
)

const skip = whyNoMount() ?? false
t.test('a hospital whose disk is full takes nothing, and goes on once there is room', { skip }, async (t) => {
  const scene = await openScene(t, (dir) => mountSmall(t, join(dir, 'data'), DISK_MIB))
  const { hospital } = scene
  const data = join(hospital.dir, 'data')
  const bedsides = await startBedsides(t, scene)
  const { pid } = hospital.process

  const filler = join(data, 'filler')
  const { bavail, bsize } = await statfs(data)
  await writeFile(filler, Buffer.alloc(bavail * bsize)).catch((cause: unknown) => {
    if (Object(cause).code !== 'ENOSPC') throw cause
  })
  await piledUp(bedsides)
  t.ok(hospital.process.isRunning, 'it stays')
  await rm(filler)
  const counted = await arrived(t, scene, bedsides)
  const ca = await hospital.ca()
  await until(
    'it is ready again',
    async () => (await statusOf(`${hospital.endpoints.api}/readyz`, ca)) === 200,
  )
  t.equal(hospital.process.pid, pid, 'without having been started again')
  await atPhysician(t, scene, counted)
})

/** Two agents whose first receipts are in. */
async function startBedsides(t: Test, { dir: folder, patient }: Scene): Promise<readonly Bedside[]> {
  const start = (Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS - 24 * HOUR_MS) as UnixMs
  const bedsides: Bedside[] = []
  for (const kind of ['mqtt', 'coap'] as const) {
    const dir = join(folder, kind)
    const config = noisyBedside({ dir, kind, start, speed: SPEED, windowMs: WINDOW_MS })
    const device = await DeviceProcess.init(dir, config)
    await device.pair(patient, monthOf(start))
    device.start()
    t.teardown(() => device.process.kill())
    bedsides.push({ device, config })
  }
  for (const { device } of bedsides) {
    await until('receipts come', async () => ((await device.status())?.delivery?.receipts.count ?? 0) > 0)
  }
  return bedsides
}

/** Wait until both spools hold what the hospital does not take, and their owners are told for how long they can. */
async function piledUp(bedsides: readonly Bedside[]): Promise<void> {
  for (const { device } of bedsides) {
    const before = (await device.status())?.delivery?.receipts.count ?? 0
    await until('batches pile up in the spool', async () => {
      const { spool, receipts } = (await device.status())?.delivery ?? {}
      if (spool === undefined || receipts === undefined || spool.hoursLeft === undefined) return false
      return spool.batches >= PILE && receipts.count - before < PILE
    })
  }
}

/** Wait until all that the chips have said by now is at the hospital. @returns what they said */
async function arrived(t: Test, { patient }: Scene, bedsides: readonly Bedside[]) {
  const counted = await Promise.all(
    bedsides.map(async ({ device, config }) =>
      countReadings(await readLedger(ledgerOf(device.dir)), device.address, config),
    ),
  )
  for (const [index, { device }] of bedsides.entries()) {
    const last = Math.max(...(counted[index] ?? []).map(({ at }) => at)) as UnixMs
    await arrivedUntil(patient, device, { from: last, to: (Date.now() + MINUTE_MS) as UnixMs })
    const status = await device.status()
    t.same(status?.problems, [], 'nothing is wrong any more')
  }
  return counted.flat()
}

async function atPhysician(
  t: Test,
  scene: Scene,
  counted: Awaited<ReturnType<typeof arrived>>,
): Promise<void> {
  const span = {
    from: Math.min(...counted.map(({ at }) => at)) as UnixMs,
    to: (Date.now() + MINUTE_MS) as UnixMs,
  }
  const opened = await openReadings(scene.physician, await grantSpan(scene, span), span)
  t.same(opened.faults, [])
  t.same(opened.doubled, [], 'nothing came twice')
  const lost = counted.filter(({ name, value }) => opened.values.get(name) !== value)
  t.same(lost, [], `each of ${counted.length} readings is at the physician`)
}
