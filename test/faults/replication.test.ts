import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { registerPatient } from '@hygeia/dapp/patient/patient'
import { batchRecord } from '@hygeia/dapp/verify/record'
import { verify } from '@hygeia/dapp/verify/verify'
import { ClassicLevel } from 'classic-level'
import t, { type Test } from 'tap'
import type { HospitalProcess } from '../support/hospital.ts'
import { startHospitals } from '../support/hospitals-on-one-chain.ts'
import { newPatient, visit } from '../support/people.ts'
import { type RawBatch, RawDevice } from '../support/raw-device.ts'
import { haveReceipts, isReplicated, metricsOf, receiptsAt, statusOf } from '../support/replication.ts'
import { testFolder } from '../support/scene.ts'
import { until } from '../support/until.ts'
import { fault } from './support/fault.ts'

t.setTimeout(300_000)

/** Time to look at every anchor that there can be by then. */
const ROUND_MS = 30_000

const killed = {
  done: 'one of three hospitals killed, on a chain that goes on; then its disk loses 20 blocks',
  asked: 'what one takes three hold; nothing is missed',
}
await fault(t, killed, async (t: Test) => {
  const { all } = await startHospitals(t, { dir: await testFolder(t), count: 3 })
  const [first, second, third] = all as [HospitalProcess, HospitalProcess, HospitalProcess]
  for (const hospital of all) {
    const { consortium } = await statusOf(hospital)
    t.same(consortium, { standing: 'active', hospitals: 3 })
  }
  const patient = newPatient(await visit(first))
  await registerPatient(patient)
  const device = await RawDevice.bind(patient, first, 'mqtt')
  device.start(20)
  await until('batches are taken', async () => device.acknowledged.length > 100)
  await third.kill()
  const before = device.acknowledged.length
  await until('the others go on', async () => device.acknowledged.length > before + 100)
  await third.start()
  await until('and on', async () => device.acknowledged.length > before + 200)
  await device.finish()
  const batches = device.acknowledged
  await haveReceipts(first, batches)
  for (const hospital of [second, third]) {
    const { replication, batches: taken } = await isReplicated(hospital, batches.length)
    t.equal(replication.lagBlocks, 0)
    t.same(replication.faulty, [])
    t.equal(taken.taken, 0, 'and nothing is doubled')
    t.equal(await receiptsAt(hospital, batches), batches.length, 'each has a receipt there, too')
  }
  const { replication } = await isReplicated(first, 0)
  t.equal(replication.underReplicated, 0)

  await third.stop()
  const lost = await loseBlocks(third, 20)
  await third.start()
  await until('a round over all its anchors found what its disk lost', async () => {
    const repairs = /^hygeia_replication_repairs_total (\d+)/m.exec(await metricsOf(third))?.[1]
    return Number(repairs) > 0 && (await statusOf(third)).replication.wanted === 0
  })
  await delay(ROUND_MS)
  await third.stop()
  t.equal(await missingBlocks(third, lost), 0, 'and fetched it again')
  return `${batches.length} batches at all three, each with a receipt`
})

t.test(
  'a batch that two hospitals take is anchored by both, and each gives its own receipt for it',
  async (t: Test) => {
    const { all } = await startHospitals(t, { dir: await testFolder(t), count: 2 })
    const [first, second] = all as [HospitalProcess, HospitalProcess]
    const known = await visit(first)
    const patient = newPatient(known)
    await registerPatient(patient)
    const device = await RawDevice.bind(patient, first, 'coap')
    device.connect()
    t.teardown(() => device.finish())
    const batches: RawBatch[] = []
    for (let round = 0; round < 5; round++) {
      const batch = device.seal()
      // At once, so that both anchor it alone, and under the same root.
      t.same(await Promise.all([device.deliver(batch), device.deliverTo(second, batch)]), [true, true])
      batches.push(batch)
      await haveReceipts(first, [batch])
    }
    await haveReceipts(second, batches)
    for (const hospital of all) {
      const { replication } = await isReplicated(hospital, (await statusOf(hospital)).replication.replicas)
      t.same(replication.faulty, [])
      const { client } = await visit(hospital)
      for (const { cid } of batches) {
        const receipt = await client.receipt(cid)
        if (receipt === undefined) return t.fail('no receipt')
        const verdict = await verify(batchRecord(known.realm, receipt, undefined), () => known.provider)
        t.equal(verdict.outcome, 'proven', 'whichever hospital was the first to anchor it')
      }
    }
  },
)

/** Blocks of a hospital that is stopped. */
async function withBlocks<T>(
  { dir }: HospitalProcess,
  work: (level: ClassicLevel<Uint8Array, Uint8Array>) => Promise<T>,
): Promise<T> {
  const path = join(dir, 'data/ipfs/blocks')
  const level = new ClassicLevel<Uint8Array, Uint8Array>(path, { keyEncoding: 'view', valueEncoding: 'view' })
  await level.open()
  try {
    return await work(level)
  } finally {
    await level.close()
  }
}

/** Take some blocks from its disk. @returns their keys */
async function loseBlocks(hospital: HospitalProcess, count: number): Promise<readonly Uint8Array[]> {
  return await withBlocks(hospital, async (level) => {
    const keys = await level.keys({ gte: Buffer.from('b'), lt: Buffer.from('c'), limit: count }).all()
    await level.batch(keys.map((key) => ({ type: 'del', key })))
    return keys
  })
}

async function missingBlocks(hospital: HospitalProcess, keys: readonly Uint8Array[]): Promise<number> {
  return await withBlocks(hospital, async (level) => {
    return (await level.getMany([...keys])).filter((block) => block === undefined).length
  })
}
