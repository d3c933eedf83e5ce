import { existsSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import t from 'tap'
import { ChainWatch } from '../support/chain-watch.ts'
import { engineOf } from '../support/engine-process.ts'
import { RawDevice } from '../support/raw-device.ts'
import { receiptsFor } from '../support/receipts.ts'
import { openScene } from '../support/scene.ts'
import { falseReceipts } from '../support/true-receipts.ts'
import { until } from '../support/until.ts'
import { putOnGeth } from './support/on-geth.ts'

/** Of the daemon, of geth, and of both at once, in turn. */
const KILLS = 9
const LIFE_MS = 2_000

t.setTimeout(KILLS * 40_000)

t.test('whoever is killed, daemon or geth or both, nothing is lost and no block is replaced', async (t) => {
  const { hospital, known, patient } = await openScene(t, putOnGeth)
  const device = await RawDevice.bind(patient, hospital, 'mqtt')
  const watch = new ChainWatch(hospital.endpoints.rpc)
  t.teardown(() => watch.stop())
  device.start(150)
  for (let kill = 0; kill < KILLS; kill++) {
    await delay(LIFE_MS)
    const geth = await until('geth runs', async () => engineOf(hospital, 'geth'))
    if (kill % 3 === 0) {
      process.kill(geth, 'SIGKILL')
      await until(
        'another geth runs',
        async () => ![undefined, geth].includes(await engineOf(hospital, 'geth')),
      )
      continue
    }
    if (kill % 3 === 1) {
      // The daemon alone: geth is told by the kernel that nobody watches it any more.
      process.kill(hospital.process.pid, 'SIGKILL')
      await hospital.process.ended
      await until('geth ends', async () => !existsSync(`/proc/${geth}`), 30_000)
    } else await hospital.kill()
    hospital.launch()
    await hospital.ready()
  }
  await until('batches were taken to the end', async () => device.acknowledged.length >= KILLS * 5)
  await device.finish()
  const receipts = await until('every batch has its receipt', async () => {
    const found = await receiptsFor(known.client, device.acknowledged)
    return found.size === device.acknowledged.length && [...found.values()]
  })
  t.same(watch.faults, [], 'no block was ever replaced')
  t.ok(await watch.stillHas())
  const { anchor } = await known.client.realm()
  t.same(await falseReceipts(hospital.endpoints.rpc, anchor, receipts), [], 'each says what the chain says')
  t.comment(`${KILLS} kills, ${receipts.length} batches, ${watch.height} blocks`)
})
