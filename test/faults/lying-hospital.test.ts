import { hash, randomBytes } from 'node:crypto'
import { registerPatient } from '@hygeia/dapp/patient/patient'
import { batchRecord } from '@hygeia/dapp/verify/record'
import { verify } from '@hygeia/dapp/verify/verify'
import { encodeHolding, signHolding } from '@hygeia/protocol/holding/holding'
import { type Address, type Hex32, toHex } from '@hygeia/protocol/ids'
import { type BatchLeaf, batchLeafHash } from '@hygeia/protocol/merkle/leaf'
import { merkleTree } from '@hygeia/protocol/merkle/tree'
import { digestOfCid, parseCid } from '@hygeia/protocol/sealed/cid'
import type { UnixMs } from '@hygeia/protocol/units'
import t, { type Test } from 'tap'
import type { HospitalProcess } from '../support/hospital.ts'
import { startHospitals } from '../support/hospitals-on-one-chain.ts'
import { LyingHospital } from '../support/lying-hospital.ts'
import { newPatient, visit } from '../support/people.ts'
import { type RawBatch, RawDevice } from '../support/raw-device.ts'
import { getFrom, haveReceipts, metricsOf, receiptsAt, statusOf } from '../support/replication.ts'
import { testFolder } from '../support/scene.ts'
import { until } from '../support/until.ts'
import { fault } from './support/fault.ts'

t.setTimeout(300_000)

const random32 = () => toHex(randomBytes(32)) as string as Hex32
const leafOf = ({ signer, incarnation }: RawDevice, { sequence, cid }: RawBatch): BatchLeaf => {
  return { device: signer.address, incarnation, sequence, digest: digestOfCid(parseCid(cid)) }
}

const lies = {
  done: 'a hospital anchors and says what is not so',
  asked: 'each lie found out and named by all others; what is true is held',
}
await fault(t, lies, async (t: Test) => {
  const dir = await testFolder(t)
  const { all } = await startHospitals(t, { dir, count: 2 })
  const [first] = all as [HospitalProcess]
  const known = await visit(first)
  const patient = newPatient(known)
  await registerPatient(patient)
  const device = await RawDevice.bind(patient, first, 'mqtt')
  const liar = await LyingHospital.join(t, all, {
    dir: `${dir}/liar`,
    chainUrl: first.endpoints.rpc,
    contract: await anchorContractOf(first),
  })
  /** Give a block to the swarm under the digest that it has, or under one that it has not. */
  const give = async ({ digest }: BatchLeaf, bytes: Uint8Array) => liar.ipfs.putMany([{ digest, bytes }])
  const faultsAt = async (hospital: HospitalProcess) => {
    const { faulty } = (await statusOf(hospital)).replication
    return new Map(faulty.map(({ root, fault, hospital: named }) => [root, { fault, named }]))
  }

  // Batches of a real device, which the liar alone was given.
  const sealed = Array.from({ length: 5 }, () => device.seal())
  const leaves = sealed.map((batch) => leafOf(device, batch))
  const [one, two, three, four, five] = leaves as [BatchLeaf, BatchLeaf, BatchLeaf, BatchLeaf, BatchLeaf]
  const blocks = sealed.map(({ block }) => block) as [
    Uint8Array,
    Uint8Array,
    Uint8Array,
    Uint8Array,
    Uint8Array,
  ]
  await give(one, blocks[0])
  await give(two, blocks[1])
  await give(three, randomBytes(600))
  // The signature comes last.
  const unsigned = blocks[4].with(-1, (blocks[4].at(-1) ?? 0) ^ 1)
  const forged = { ...five, digest: hash('sha256', unsigned, 'buffer') }
  await give(forged, unsigned)
  const expected = new Map<Hex32, string>()
  const expect = async (fault: string, anchored: Promise<Hex32>) => expected.set(await anchored, fault)

  await expect('MANIFEST_ROOT', liar.anchorLeaves([one], { root: random32() }))
  await expect('MANIFEST_COUNT', liar.anchorLeaves([one], { count: 2 }))
  await expect('MANIFEST_OF_ANOTHER', liar.anchorLeaves([two], { hospital: known.hospital }))
  await expect('MANIFEST_MALFORMED', liar.anchor(random32(), 1, randomBytes(300)))
  await expect('BATCH_OF_ANOTHER_PLACE', liar.anchorLeaves([{ ...one, sequence: 77 }]))
  await expect('BATCH_NOT_GENUINE', liar.anchorLeaves([forged]))
  await expect('MANIFEST_NOT_SERVED', liar.anchorLeaves([four]))
  await expect('MANIFEST_NOT_SERVED', liar.anchorLeaves([three]))
  await liar.anchorLeaves([one, two])

  // It sees what others are about to anchor, and is there first with something else.
  const squatted = await RawDevice.bind(patient, first, 'coap')
  squatted.connect()
  const taken: RawBatch[] = []
  for (let round = 0; round < 3; round++) {
    const batch = squatted.seal()
    const root = toHex(merkleTree([batchLeafHash(leafOf(squatted, batch))]).root) as string as Hex32
    await expect('MANIFEST_MALFORMED', liar.anchor(root, 1, randomBytes(300)))
    t.ok(await squatted.deliver(batch))
    taken.push(batch)
    // Alone under its anchor: the root is the one that the liar has.
    await haveReceipts(first, [batch])
  }
  await squatted.finish()
  for (const { cid } of taken) {
    const receipt = await known.client.receipt(cid)
    if (receipt === undefined) throw new Error('no receipt')
    t.ok(expected.has(receipt.anchor.root), 'the liar anchored this root')
    const verdict = await verify(batchRecord(known.realm, receipt, undefined), () => known.provider)
    t.equal(verdict.outcome, 'proven', 'and the honest hospital’s receipt is as good as any')
  }

  // Meanwhile it says to hold what it never saw, in several ways that are not good enough.
  let ways = 0
  liar.says = ({ manifests }) =>
    manifests.map(({ root, origin }) => {
      const statement = { hospital: liar.operator, root, manifest: random32(), count: 1, at: 1 as UnixMs }
      const { signer } = ways++ % 2 === 0 ? liar.keys.accounts.relay : liar.keys.accounts.receipt
      const holding = encodeHolding(signHolding(known.realm, statement, signer))
      return { root, origin, holding: { statement: toHex(holding), proof: random32() }, anchor: null }
    })
  device.start(20)
  await until('batches are taken', async () => device.acknowledged.length > 50)
  await device.finish()
  const batches = [...device.acknowledged, ...taken]
  await haveReceipts(first, batches)
  t.pass('who is honest has the word of another honest one for every batch')

  for (const hospital of all) {
    const found = await until('every lie is named', async () => {
      const faults = await faultsAt(hospital)
      return faults.size === expected.size && faults
    })
    for (const [root, fault] of expected) t.same(found.get(root), { fault, named: liar.operator }, fault)
    t.equal((await receiptsAt(hospital, batches)) === batches.length, true, 'and everything true is held')
    const { client } = await visit(hospital)
    const receipts = await Promise.all(sealed.map(({ cid }) => client.receipt(cid)))
    t.same(
      receipts,
      sealed.map(() => undefined),
      'no receipt rests on what the liar alone says',
    )
    const { replication } = await statusOf(hospital)
    t.equal(
      replication.replicas,
      hospital === first ? 2 : batches.length + 2,
      'its one true anchor is followed',
    )
  }
  const metrics = await metricsOf(first)
  t.match(metrics, /hygeia_refusals_total\{door="consortium",reason="HOLDING_FORGED"\} [1-9]/)
  const { replication } = await statusOf(first)
  t.ok(replication.underReplicated > 0, 'what it says to hold counts for nothing')
  const kinds = [...new Set(expected.values())].join(', ')
  return `${kinds} named by ${all.length}; forged holding statements count for nothing; ${batches.length} honest batches have receipts`
})

async function anchorContractOf(hospital: HospitalProcess): Promise<Address> {
  return (JSON.parse(await getFrom(hospital, '/v1/realm')) as { anchor: Address }).anchor
}
