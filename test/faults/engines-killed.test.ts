import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { registerPatient } from '@hygeia/dapp/patient/patient'
import t, { type Test } from 'tap'
import { ChainWatch } from '../support/chain-watch.ts'
import { Consortium } from '../support/consortium.ts'
import { engineOf } from '../support/engine-process.ts'
import { newPatient, visit } from '../support/people.ts'
import { RawDevice } from '../support/raw-device.ts'
import { receiptsFor } from '../support/receipts.ts'
import { testFolder } from '../support/scene.ts'
import { falseReceipts } from '../support/true-receipts.ts'
import { until } from '../support/until.ts'
import { fault, KILLS } from './support/fault.ts'

/** Longest that engines run before the next kill. */
const LIFE_MS = 2_000
/** Waits between starts double: a daemon that starts anew begins with the shortest. */
const DAEMON_EVERY = 5
const EVERY_MS = 200
const LIMIT_MS = 120_000

t.setTimeout(120_000 + KILLS * 45_000)

t.test('geth and Kubo are killed over and over under load', async (t: Test) => {
  const dir = await testFolder(t)
  const consortium = await Consortium.start({ dir: join(dir, 'hospitals'), count: 1, periodSec: 1 })
  t.teardown(() => consortium[Symbol.asyncDispose]())
  const [hospital] = consortium.hospitals
  if (hospital === undefined) throw new Error('a consortium of nobody')
  const known = await visit(hospital)
  const patient = newPatient(known)
  await registerPatient(patient)
  const device = await RawDevice.bind(patient, hospital, 'mqtt')
  const watch = new ChainWatch(hospital.endpoints.rpc)
  t.teardown(() => watch.stop())
  const done = `geth and Kubo killed ${KILLS} times each under load`
  await fault(t, { done, asked: 'nothing lost, no block replaced, no receipt false' }, async (t) => {
    device.start(EVERY_MS)
    let daemons = 0
    for (let round = 1; round <= KILLS; round++) {
      await delay(Math.random() * LIFE_MS)
      const before = new Map<string, number>()
      for (const program of ['geth', 'ipfs'] as const) {
        const pid = await until(`${program} runs`, () => engineOf(hospital, program), LIMIT_MS)
        before.set(program, pid)
        process.kill(pid, 'SIGKILL')
        await delay(Math.random() * 500)
      }
      if (round % DAEMON_EVERY === 0) {
        daemons++
        await hospital.kill()
        await hospital.start()
      }
      for (const program of ['geth', 'ipfs'] as const) {
        const isAnother = async () =>
          ![undefined, before.get(program)].includes(await engineOf(hospital, program))
        await until(`another ${program} runs`, isAnother, LIMIT_MS)
      }
    }
    const { length } = device.acknowledged
    await until(
      'batches are taken to the end',
      async () => device.acknowledged.length > length + 20,
      LIMIT_MS,
    )
    await device.finish()
    t.same(device.refused, [])
    const cids = device.acknowledged.map(({ cid }) => cid)
    const receipts = await until(
      'every batch has its receipt',
      async () => {
        const found = await receiptsFor(known.client, device.acknowledged)
        return found.size === cids.length && [...found.values()]
      },
      LIMIT_MS,
    )
    const { anchor } = await known.client.realm()
    t.same(await falseReceipts(hospital.endpoints.rpc, anchor, receipts), [])
    t.same(watch.faults, [], 'no block was replaced')
    t.ok(await watch.stillHas())
    const blocks = await patient.account.blocks(cids.slice(-2_000))
    t.equal(blocks.filter((block) => block === undefined).length, 0, 'and every block is given')
    return `${cids.length} batches taken, each with a true receipt and its block; the daemon killed ${daemons} times too`
  })
})
