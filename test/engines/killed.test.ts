import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import t from 'tap'
import { anchoredOnChain, differenceOf } from '../support/anchors.ts'
import { ChainWatch } from '../support/chain-watch.ts'
import type { HospitalProcess } from '../support/hospital.ts'
import { RawDevice } from '../support/raw-device.ts'
import { openScene } from '../support/scene.ts'
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
    const geth = await until('geth runs', async () => gethOf(hospital))
    if (kill % 3 === 0) {
      process.kill(geth, 'SIGKILL')
      await until('another geth runs', async () => ![undefined, geth].includes(await gethOf(hospital)))
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
  const cids = device.acknowledged.map(({ cid }) => cid)
  const receipts = await until('every batch has its receipt', async () => {
    const held = await Promise.all(cids.map((cid) => known.client.receipt(cid).catch(() => undefined)))
    return held.every((receipt) => receipt !== undefined) && held
  })
  t.same(watch.faults, [], 'no block was ever replaced')
  t.ok(await watch.stillHas())
  const anchors = await anchoredOnChain(hospital.endpoints.rpc, (await known.client.realm()).anchor)
  const byRoot = new Map(anchors.map((anchor) => [anchor.root, anchor]))
  const differing = receipts.flatMap((receipt) => {
    const found = byRoot.get(receipt?.anchor.root ?? '')
    const fault = found === undefined ? 'not on the chain' : differenceOf(receipt?.anchor, found)
    return fault === undefined ? [] : [fault]
  })
  t.same(differing, [], 'each receipt says what the chain says')
  t.comment(`${KILLS} kills, ${cids.length} batches under ${anchors.length} anchors, ${watch.height} blocks`)
})

/** Process id of the geth that the hospital's daemon runs. */
async function gethOf({ process: { pid } }: HospitalProcess): Promise<number | undefined> {
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '')
  for (const child of children.trim().split(' ').filter(Boolean)) {
    const name = await readFile(`/proc/${child}/comm`, 'utf8').catch(() => '')
    if (name.trim() === 'geth') return Number(child)
  }
  return undefined
}
