import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { readKeys } from '@hygeia/daemon/init/keys'
import { statementOf } from '@hygeia/daemon/relay/statement'
import type { LateDoor } from '@hygeia/dapp/chain/late-doors'
import { hospitalChain } from '@hygeia/dapp/chain/provider'
import { HospitalClient } from '@hygeia/dapp/hospital/client'
import { type KnownHospital, know } from '@hygeia/dapp/hospital/known'
import { once, signStatement } from '@hygeia/dapp/hospital/statement'
import { batchRecord } from '@hygeia/dapp/verify/record'
import { verify } from '@hygeia/dapp/verify/verify'
import { type Hex32, toHex } from '@hygeia/protocol/ids'
import { batchLeafHash } from '@hygeia/protocol/merkle/leaf'
import { encodeReceipt } from '@hygeia/protocol/receipt/codec'
import { type Receipt, signAnchor } from '@hygeia/protocol/receipt/receipt'
import { identityOf, wordsOf } from '@hygeia/protocol/seed/seed'
import { REGISTER_PATIENT, type RelayRequest } from '@hygeia/protocol/typed-data/chain'
import { JsonRpcProvider, Wallet } from 'ethers'
import t, { type Test } from 'tap'
import { rpc } from '../support/chain-watch.ts'
import { LyingFront } from '../support/lying-front.ts'
import { receiptsAt } from '../support/replication.ts'
import { until } from '../support/until.ts'
import { fault } from './support/fault.ts'
import { openWard, readBatches, type Ward } from './support/ward.ts'

/** More than hospitals may differ by, blocks of a second. */
const OLD_BLOCKS = 90
const LIMIT_MS = 150_000
const contained = 'found out, named, done without'

t.setTimeout(600_000)

t.test('what a hospital that lies says to clients', async (t: Test) => {
  const ward = await openWard(t)
  const { hospitals, known } = ward
  const front = await LyingFront.open(t, hospitals[0])
  const client = new HospitalClient({ base: hospitals[0].endpoints.api, fetch: front.fetch })
  const liar = await know(client)
  // Those of one device at a time: no batch that is sent later falls into the span of its first three.
  const first = await until(
    'each device sent three batches that all hospitals hold',
    async () => {
      const each = ward.devices.map(({ acknowledged }) =>
        acknowledged.filter(({ sequence }) => sequence <= 3),
      )
      const all = each.flat()
      const counts = await Promise.all(hospitals.map((hospital) => receiptsAt(hospital, all)))
      return all.length === 9 && counts.every((count) => count === 9) && each
    },
    LIMIT_MS,
  )
  const batches = first.flat()

  const lies = [
    { done: 'wrong cfrags', code: 'FORGED_CFRAGS', path: '/v1/reencryptions', answered: wrongCfrags },
    { done: 'cfrags kept back', code: 'WITHHELD_CFRAGS', path: '/v1/reencryptions', answered: noCfrags },
    {
      done: 'cfrags without an audit entry',
      code: 'NO_AUDIT_ENTRY',
      path: '/v1/reencryptions',
      answered: noEntry,
    },
    { done: 'a wrong block for a CID', code: 'WRONG_BLOCKS', path: '/v1/blocks', answered: lastByteWrong },
  ] as const
  for (const { done, code, ...lie } of lies) {
    await fault(t, { done: `a hospital gives ${done}`, asked: contained }, async (t) => {
      front.lie = lie
      let times = 0
      for (const some of first) {
        const { differing, conduct } = await readBatches(ward, some, [liar, known[1], known[2]])
        t.same(differing, [], 'every value is what was sent')
        t.match(conduct, [{ hospital: liar.hospital, misconduct: { code }, isLie: true }])
        t.ok(
          conduct.every(({ hospital }) => hospital === liar.hospital),
          'nobody else is named',
        )
        times += conduct[0]?.times ?? 0
      }
      return `${batches.length} batches read and right; ${code} named ${times} times`
    })
  }

  await fault(t, { done: 'a forged receipt', asked: 'refuted, with the reason' }, async (t) => {
    front.lie = undefined
    const cid = batches[0]?.cid ?? ''
    const receipt = await until('there is a receipt', () => liar.client.receipt(cid), LIMIT_MS)
    const forged = await forgedReceipt(ward, receipt)
    const verdictOf = (one: Receipt) =>
      verify(batchRecord(liar.realm, one, undefined), () => known[1].provider)
    t.match(await verdictOf(receipt), { outcome: 'proven' })
    front.lie = { path: '/v1/receipts/', answered: () => encodeReceipt(forged.byItself) }
    const given = await liar.client.receipt(cid)
    t.match(given && (await verdictOf(given)), {
      outcome: 'refuted',
      checks: [{ outcome: 'true' }, {}, {}, { outcome: 'false', fault: 'ROOT_NOT_ANCHORED' }],
    })
    front.lie = { path: '/v1/receipts/', answered: () => encodeReceipt(forged.byAnother) }
    const other = await liar.client.receipt(cid)
    const verdict = other && (await verdictOf(other))
    t.equal(verdict?.outcome, 'refuted')
    t.ok(verdict?.checks.some((check) => check.fault === 'NOT_A_HOSPITAL'))
    return 'signed by itself: ROOT_NOT_ANCHORED; in the name of another: NOT_A_HOSPITAL'
  })

  await fault(t, { done: 'a stale head', asked: contained }, async (t) => {
    const head = Number(await rpc(hospitals[1].endpoints.rpc, 'eth_blockNumber', []))
    await until('there is an old block', async () => {
      return Number(await rpc(hospitals[1].endpoints.rpc, 'eth_blockNumber', [])) > OLD_BLOCKS + 5 && head
    })
    front.lie = { path: '/v1/chain', asked: (body) => body.replaceAll('"latest"', `"0x${(5).toString(16)}"`) }
    const late: LateDoor[] = []
    const transports = [liar, known[1], known[2]].map(({ client: { transport } }) => transport)
    const alone = hospitalChain(transports.slice(0, 1), liar.realm.chainId)
    const chain = hospitalChain(transports, liar.realm.chainId, { onLate: (door) => late.push(door) })
    t.teardown(() => [alone, chain].map((one) => one.destroy()))
    const number = async (one: typeof chain) => {
      const block = (await one.send('eth_getBlockByNumber', ['latest', false])) as { number: string }
      return Number(block.number)
    }
    t.equal(await number(alone), 5, 'a client that knows the liar alone is shown the old chain')
    t.ok((await number(chain)) >= head, 'one that knows others is not')
    t.match(late, [{ base: hospitals[0].endpoints.api }])
    front.lie = undefined
    return `${late[0]?.behindSec} s behind, named; the next hospital's chain is used`
  })

  await fault(
    t,
    { done: 'a replayed statement', asked: 'refused by each hospital and by the chain' },
    async (t) => {
      const identity = identityOf(wordsOf(randomBytes(32)))
      const message = { patient: identity.signer.address, ...once(liar) }
      const signature = signStatement(identity, liar, REGISTER_PATIENT, message)
      const statement = { kind: 'register-patient', message, signature } as const
      await known[0].client.relay(statement)
      await t.rejects(known[1].client.relay(statement), {
        code: 'REFUSED',
        detail: { problem: 'CONTRACT_REFUSED' },
      })
      t.equal(await sentByRelay(ward, known[2], statement), 0, 'the contract reverts')
      return 'CONTRACT_REFUSED at another hospital; reverted when a hospital sends it itself'
    },
  )

  await Promise.all(ward.devices.map((device) => device.finish()))
})

type CfragsAnswer = { cfrags: { capsule: string; cfrag: string }[]; entry: string }

const changed = (change: (answer: CfragsAnswer) => unknown) => (body: Uint8Array) =>
  Buffer.from(JSON.stringify(change(JSON.parse(Buffer.from(body).toString()))))

/** Each is another capsule's, or has a wrong last byte. */
const wrongCfrags = changed((answer) => ({
  ...answer,
  cfrags: answer.cfrags.map(({ capsule, cfrag }) => {
    const last = Number.parseInt(cfrag.slice(-2), 16) ^ 1
    return { capsule, cfrag: cfrag.slice(0, -2) + last.toString(16).padStart(2, '0') }
  }),
}))
const noCfrags = changed((answer) => ({ ...answer, cfrags: [] }))
/** The entry of another request. */
const noEntry = changed((answer) => ({ ...answer, entrySignature: `0x${'11'.repeat(64)}` }))
const lastByteWrong = (body: Uint8Array) => body.with(-1, (body.at(-1) ?? 0) ^ 1)

/** Receipts that lead to a root of the first hospital's own making, signed with its own key, and with a key that is nobody's. */
async function forgedReceipt({ hospitals, known }: Ward, { anchor, leaf }: Receipt) {
  const { accounts } = await readKeys(join(hospitals[0].dir, 'keys'))
  const never = { ...leaf, sequence: leaf.sequence + 1_000_000 }
  const root = toHex(batchLeafHash(never)) as string as Hex32
  const statement = { ...anchor, root, count: 1, hospital: known[0].hospital }
  const signed = (by: Parameters<typeof signAnchor>[2], hospital = statement.hospital): Receipt => ({
    anchor: signAnchor(known[0].realm, { ...statement, hospital }, by),
    leaf: never,
    proof: [],
  })
  return {
    byItself: signed(accounts.receipt.signer),
    byAnother: signed(accounts.receipt.signer, known[1].hospital),
  }
}

/** Send a statement as a hospital would that looks at nothing before. @returns status in the transaction's receipt */
async function sentByRelay(
  { hospitals }: Ward,
  { realm }: KnownHospital,
  statement: RelayRequest,
): Promise<number> {
  const [, , { dir, endpoints }] = hospitals
  const { accounts } = await readKeys(join(dir, 'keys'))
  const provider = new JsonRpcProvider(endpoints.rpc, realm.chainId, { staticNetwork: true })
  try {
    const { data, gasLimit, contract } = statementOf(realm, statement)
    if (contract !== 'directory') throw new Error('a statement for the Directory')
    const sent = await new Wallet(toHex(accounts.relay.key), provider).sendTransaction({
      to: realm.directory,
      data,
      gasLimit,
    })
    const mined = await until('it is in a block', async () => {
      return (
        ((await rpc(endpoints.rpc, 'eth_getTransactionReceipt', [sent.hash])) as { status: string } | null) ??
        undefined
      )
    })
    return Number(mined.status)
  } finally {
    provider.destroy()
  }
}
