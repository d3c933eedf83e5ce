import { registerPatient } from '@hygeia/dapp/patient/patient'
import t, { type Test } from 'tap'
import type { HospitalProcess } from '../support/hospital.ts'
import { startHospitals } from '../support/hospitals-on-one-chain.ts'
import { newPatient, visit } from '../support/people.ts'
import { type RawBatch, RawDevice } from '../support/raw-device.ts'
import { testFolder } from '../support/scene.ts'
import { until } from '../support/until.ts'

t.setTimeout(300_000)

interface Status {
  readonly batches: { readonly taken: number; readonly anchored: number }
  readonly consortium: { readonly standing: string; readonly hospitals: number }
  readonly replication: {
    readonly lagBlocks: number
    readonly wanted: number
    readonly underReplicated: number
    readonly faulty: readonly unknown[]
    readonly replicas: number
  }
}

const statusOf = async (hospital: HospitalProcess): Promise<Status> =>
  JSON.parse(await hospital.command('status', '--json'))

/** CIDs of every batch that has a receipt at `hospital`, of those asked for. */
async function receiptsAt(hospital: HospitalProcess, batches: readonly RawBatch[]): Promise<Set<string>> {
  const { client } = await visit(hospital)
  const receipts = await Promise.all(
    batches.map(async ({ cid }) => [cid, await client.receipt(cid)] as const),
  )
  return new Set(receipts.flatMap(([cid, receipt]) => (receipt === undefined ? [] : [cid])))
}

async function haveReceipts(hospital: HospitalProcess, batches: readonly RawBatch[]): Promise<void> {
  await until(`all ${batches.length} have receipts`, async () => {
    return (await receiptsAt(hospital, batches)).size === batches.length
  })
}

/** Resolves when a hospital holds everything that is anchored and everybody else says to hold what it anchored. */
async function isReplicated(hospital: HospitalProcess, replicas: number): Promise<Status> {
  return await until(`${replicas} batches of others are held`, async () => {
    const status = await statusOf(hospital)
    const { wanted, underReplicated } = status.replication
    return status.replication.replicas === replicas && wanted === 0 && underReplicated === 0 && status
  })
}

t.test(
  'what one hospital takes, three hold; one is killed, comes back, and misses nothing',
  async (t: Test) => {
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
      t.equal((await receiptsAt(hospital, batches)).size, batches.length, 'each has a receipt there, too')
    }
    const { replication } = await isReplicated(first, 0)
    t.equal(replication.underReplicated, 0)
  },
)
