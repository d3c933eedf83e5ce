import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { monthOf } from '@hygeia/protocol/label'
import { HOUR_MS, MINUTE_MS, type UnixMs } from '@hygeia/protocol/units'
import t from 'tap'
import { hasMosquitto, Mosquitto } from '../../daemon/test/link/support/mosquitto.ts'
import { DeviceProcess } from '../support/device.ts'
import { type HospitalProcess, statusOf } from '../support/hospital.ts'
import { noisyBedside } from '../support/noisy-bedside.ts'
import { openScene } from '../support/scene.ts'
import { until } from '../support/until.ts'

/** Simulated seconds a second. */
const SPEED = 30
const KILLS = 3

t.setTimeout(240_000)

const skip = !hasMosquitto && 'no mosquitto on this machine'
t.test('with a Mosquitto between them, kills of it and of the daemon lose nothing', { skip }, async (t) => {
  let mosquitto: Mosquitto | undefined
  const { dir, hospital, patient } = await openScene(t, async (hospitalDir) => {
    mosquitto = await behindMosquitto(hospitalDir)
    await mosquitto.start()
  })
  const broker = mosquitto
  if (broker === undefined) throw new Error('unreachable: it was prepared')
  t.teardown(() => broker.stop('SIGKILL'))
  t.equal(hospital.endpoints.mqtt, broker.publicUrl, 'devices are told where it is')
  const ca = await hospital.ca()
  const readyStatus = () => statusOf(`${hospital.endpoints.api}/readyz`, ca)

  const start = (Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS - 24 * HOUR_MS) as UnixMs
  const bedside = noisyBedside({
    dir: join(dir, 'device'),
    kind: 'mqtt',
    start,
    speed: SPEED,
    windowMs: 5_000,
  })
  const device = await DeviceProcess.init(join(dir, 'device'), {
    ...bedside,
    // Nothing else tells a device that what the broker acknowledged got lost.
    uplink: { ...bedside.uplink, resendAfterMs: 4_000 },
  })
  await device.pair(patient, monthOf(start))
  device.start()
  t.teardown(() => device.process.kill())

  const receipts = async () => (await device.status())?.delivery?.receipts.count ?? 0
  const moreReceipts = async () => {
    const before = await receipts()
    await until('more receipts come', async () => (await receipts()) > before + 10)
  }
  for (let kill = 0; kill < KILLS; kill++) {
    await moreReceipts()
    await hospital.kill()
    await delay(1_500)
    await hospital.start()
    await moreReceipts()
    await broker.stop('SIGKILL')
    await until('the daemon says that it has no broker', async () => (await readyStatus()) === 503)
    await broker.start()
    await until('and that it has one again', async () => (await readyStatus()) === 200)
  }
  await moreReceipts()
  await until('all that was sealed before has its receipt', async () => {
    const status = await device.status()
    const { spool } = status?.delivery ?? {}
    return spool !== undefined && spool.batches <= 3
  })
  await device.process.stop()
  const { delivery } = (await device.status()) ?? {}
  t.match(delivery, { receipts: { forged: 0 }, spool: { dead: 0, isNewLife: true } })
  const sequences: number[] = []
  let cursor: string | undefined
  do {
    const page = await patient.account.batches({ from: start, to: (Date.now() + HOUR_MS) as UnixMs, cursor })
    sequences.push(...page.batches.map(({ sequence }) => sequence))
    cursor = page.next
  } while (cursor !== undefined)
  const head = delivery?.spool.headSequence ?? Number.NaN
  const arrived = new Set(sequences)
  t.equal(arrived.size, sequences.length, 'no batch is there twice')
  const missing = Array.from({ length: head }, (_, index) => index + 1).filter((one) => !arrived.has(one))
  t.ok(
    missing.length <= (delivery?.spool.batches ?? 0),
    `${missing.length} of ${head} are still in the spool`,
  )
  t.comment(`${head} batches, ${delivery?.uplink.sent} acknowledgements, ${KILLS} kills of each`)
})

/** Change a new hospital's configuration so that it is a client of a Mosquitto with its own certificate. */
async function behindMosquitto(hospitalDir: string): Promise<Mosquitto> {
  const read = (name: string) => readFile(join(hospitalDir, 'keys', name), 'utf8')
  const tls = { key: await read('tls-key.pem'), cert: await read('tls.pem'), ca: await read('ca.pem') }
  const mosquitto = await Mosquitto.make(join(hospitalDir, 'mosquitto'), tls)
  const passwordFile = join(hospitalDir, 'mosquitto-password')
  await writeFile(passwordFile, `${Mosquitto.password}\n`, { mode: 0o600 })
  const file: HospitalProcess['configFile'] = join(hospitalDir, 'daemon.json')
  const { url, publicUrl } = mosquitto
  const mqtt = { broker: 'external', url, publicUrl, username: Mosquitto.username, passwordFile }
  await writeFile(file, JSON.stringify({ ...JSON.parse(await readFile(file, 'utf8')), mqtt }))
  return mosquitto
}
