import { rm, statfs, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import t from 'tap'
import { rpc } from '../../support/chain-watch.ts'
import { DAEMON, statusOf } from '../../support/hospital.ts'
import { textOf } from '../../support/https-text.ts'
import { runToEnd } from '../../support/process.ts'
import { RawDevice } from '../../support/raw-device.ts'
import { openScene } from '../../support/scene.ts'
import { mountSmall, whyNoMount } from '../../support/small-disk.ts'
import { until } from '../../support/until.ts'

const MIB = 1_048_576
const DISK_MIB = 256
/** Less than is kept free for what must go on, more than where that would stop. */
const LEFT_MIB = 72

t.setTimeout(240_000)

t.test(
  'a disk that is nearly full refuses new batches, serves what it has, and opens by itself',
  {
    skip: whyNoMount() ?? false,
  },
  async (t) => {
    const scene = await openScene(t, (dir) => mountSmall(t, join(dir, 'data'), DISK_MIB))
    const { hospital, known, patient } = scene
    const device = await RawDevice.bind(patient, hospital, 'mqtt')
    device.connect()
    const held = device.seal()
    await until('a batch is taken', () => device.deliver(held))
    await until('it has its receipt', () => known.client.receipt(held.cid))

    const data = join(hospital.dir, 'data')
    const { bavail, bsize } = await statfs(data)
    const filler = join(data, 'filler')
    await writeFile(filler, Buffer.alloc(bavail * bsize - LEFT_MIB * MIB))
    const status = async () =>
      JSON.parse(await runToEnd(DAEMON, ['status', '--json', '--config', hospital.configFile]))
    await until('it says so', async () => (await status()).disk.isRefusing)
    t.match(
      await runToEnd(DAEMON, ['status', '--config', hospital.configFile]),
      /nearly full: new batches are refused/,
    )
    const ca = await hospital.ca()
    t.equal(await statusOf(`${hospital.endpoints.api}/readyz`, ca), 503)
    t.match(await textOf(`${hospital.endpoints.api}/metrics`, ca), /^hygeia_disk_refusing 1$/m)

    const refused = device.seal()
    t.ok(await device.deliver(refused))
    await until('a new batch is to come again later', async () => device.saidOf(refused) === 'busy')
    t.ok(await known.client.receipt(held.cid), 'what is there is read')
    t.ok(await device.deliver(held))
    t.equal(device.saidOf(held), undefined, 'and answered for when it comes again')
    const before = Number(await rpc(hospital.endpoints.rpc, 'eth_blockNumber', []))
    await delay(2_500)
    t.ok(Number(await rpc(hospital.endpoints.rpc, 'eth_blockNumber', [])) > before, 'the chain goes on')

    await rm(filler)
    await until('it is taken and has its receipt', async () => {
      await device.deliver(refused)
      return await known.client.receipt(refused.cid)
    })
    t.equal(await statusOf(`${hospital.endpoints.api}/readyz`, ca), 200)
    t.match(await textOf(`${hospital.endpoints.api}/metrics`, ca), /^hygeia_disk_refusing 0$/m)
    await device.finish()
  },
)
