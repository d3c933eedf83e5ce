import { toHex } from '@hygeia/protocol/ids'
import { encodeReceipt } from '@hygeia/protocol/receipt/codec'
import { type AnchorStatement, type Receipt, signAnchor } from '@hygeia/protocol/receipt/receipt'
import { HOUR_MS, type UnixMs } from '@hygeia/protocol/units'
import { JsonRpcProvider } from 'ethers'
import t from 'tap'
import { chainAt } from '../../../src/chain/provider.ts'
import {
  type AuditRecord,
  auditRecord,
  type BatchRecord,
  batchRecord,
  parseRecords,
} from '../../../src/verify/record.ts'
import { verify } from '../../../src/verify/verify.ts'
import { World } from '../../support/world.ts'

const world = await World.start()
t.teardown(() => world.stop())
const { hospital, consortium } = world
const { realm } = consortium
const [patient, physician] = [await world.patient(), await world.physician()]
const device = await world.device(patient)
const [cid = ''] = world.hold(device, (world.now - HOUR_MS) as UnixMs, 5)
await hospital.shelf.anchor()
const kept = hospital.shelf.kept.get(cid)
const receipt = kept?.receipt
if (receipt === undefined) throw new Error('not anchored')
const record = batchRecord(realm, receipt, kept?.block)
const chain = () => chainAt(consortium.anvil.url, (url, init) => fetch(url, init), realm.chainId)

/** Claims that do not hold, of a record. */
async function refuted(altered: BatchRecord | AuditRecord): Promise<readonly string[]> {
  const { checks, outcome } = await verify(altered, chain)
  if (outcome === 'proven') return []
  return checks.filter((check) => check.outcome === 'false').map(({ claim }) => claim)
}

/** The same receipt with other facts, signed anew by the hospital. */
function resigned(facts: Partial<AnchorStatement>): BatchRecord {
  const anchor = signAnchor(realm, { ...(receipt as Receipt).anchor, ...facts }, hospital.keys.receipt)
  return batchRecord(realm, { ...(receipt as Receipt), anchor }, kept?.block)
}

t.test('a stored batch is proven by anyone, over any node', async (t) => {
  const verdict = await verify(record, chain)
  t.equal(verdict.outcome, 'proven')
  t.equal(verdict.subject, `batch ${cid}`)
  t.ok(verdict.checks.every(({ outcome }) => outcome === 'true'))
  const plain = new JsonRpcProvider(consortium.anvil.url, realm.chainId, { staticNetwork: true })
  t.equal((await verify(record, () => plain)).outcome, 'proven', 'an unmodified ethers provider will do')
  plain.destroy()
})

t.test('a receipt alone is proven too', async (t) => {
  const [bare] = parseRecords(encodeReceipt(receipt), realm)
  if (bare === undefined) return t.fail('no record')
  t.equal((await verify(bare, chain)).outcome, 'proven')
})

t.test('each claim that is not true is named', async (t) => {
  const other = `0x${'11'.repeat(32)}` as typeof receipt.anchor.root
  const block = Uint8Array.from(kept?.block ?? [])
  block[block.length - 1] = (block.at(-1) ?? 0) ^ 1
  const { proof } = receipt
  t.same(await refuted({ ...record, block: toHex(block) }), [
    'the receipt is for these bytes',
    'the device signed them',
  ])
  t.same(await refuted(batchRecord(realm, { ...receipt, proof: proof.slice(1) }, kept?.block)), [
    'the batch is under the anchored root',
  ])
  t.same(await refuted(resigned({ blockHash: other })), ['the block is on the chain'])
  t.same(await refuted(resigned({ transaction: other })), ['the transaction announced it'])
  t.same(await refuted(resigned({ count: 4 })), ['the chain holds the root'])
  t.same(await refuted(resigned({ manifest: other })), ['the chain holds the root'])
  t.same(await refuted(resigned({ root: other })), [
    'the batch is under the anchored root',
    'the chain holds the root',
    'the transaction announced it',
  ])
  const anchor = { ...receipt.anchor, signature: receipt.anchor.signature.with(5, 7) }
  t.same(await refuted(batchRecord(realm, { ...receipt, anchor }, kept?.block)), [
    'a hospital of the consortium signed it',
  ])
  t.same(await refuted({ ...record, receipt: '0x80' }), ['it holds a receipt'])
  t.same(await refuted({ ...record, block: '0x80' }), ['it holds a sealed batch'])
})

t.test('a hospital that nobody knows cannot vouch', async (t) => {
  const anchor = signAnchor(realm, receipt.anchor, device.signer)
  t.same(await refuted(batchRecord(realm, { ...receipt, anchor }, undefined)), [
    'a hospital of the consortium signed it',
  ])
})

t.test('a record of another chain is refuted', async (t) => {
  const genesis = `0x${'22'.repeat(32)}` as typeof realm.genesis
  const claims = await refuted({ ...record, realm: { ...realm, genesis } })
  t.ok(claims.includes('the chain is the one the record names'))
  t.ok(claims.includes('the device signed them'), 'signatures are bound to the chain')
})

t.test('without a chain nothing is proven, and nothing refuted', async (t) => {
  const away = () => chainAt('http://127.0.0.1:1', (url, init) => fetch(url, init), realm.chainId)
  const { outcome, checks } = await verify(record, away)
  t.equal(outcome, 'open')
  t.ok(checks.some(({ outcome, detail }) => outcome === 'unknown' && /cannot reach/.test(detail)))
})

t.test('an audit entry is proven like a batch', async (t) => {
  await world.open(physician, await world.grant(patient, physician))
  const pending = (await patient.account.audit()).entries[0]
  if (pending === undefined) return t.fail('no entry')
  t.equal((await verify(auditRecord(realm, pending), chain)).outcome, 'open', 'not before it is anchored')
  await hospital.proxy.anchorAudit()
  const line = (await patient.account.audit()).entries[0]
  if (line?.anchor == null) return t.fail('not anchored')
  const entry = auditRecord(realm, line)
  t.equal((await verify(entry, chain)).outcome, 'proven')
  t.same(await refuted({ ...entry, signature: `0x${'11'.repeat(64)}` }), [
    'a hospital of the consortium signed it',
  ])
  t.same(await refuted({ ...entry, anchor: { ...line.anchor, count: 2 } }), ['the chain holds the root'])
  t.same(await refuted({ ...entry, anchor: { ...line.anchor, proof: [`0x${'11'.repeat(32)}`] } }), [
    'the entry is under the anchored root',
  ])
  const [read] = parseRecords(new TextEncoder().encode(JSON.stringify([entry])), undefined)
  t.same(read, entry)
})

t.test('files that are none are told', (t) => {
  const bytes = (text: string) => new TextEncoder().encode(text)
  for (const text of ['', '{}', '[1]', '{"receipt":"0x"', 'hello', JSON.stringify({ ...record, more: 1 })]) {
    t.throws(() => parseRecords(bytes(text), realm), { code: 'UNREADABLE' }, text)
  }
  t.throws(() => parseRecords(encodeReceipt(receipt), undefined), { code: 'REALM_NEEDED' })
  t.same(parseRecords(bytes(JSON.stringify(record)), undefined), [record])
  const { kind: _kind, ...without } = record
  t.same(parseRecords(bytes(JSON.stringify(without)), undefined), [record], 'the kind may be left out')
  t.end()
})

t.test('each hospital’s receipt is held to its own record of a root', async (t) => {
  const two = await World.start(2)
  t.teardown(() => two.stop())
  const { consortium: there, hospital: second } = two
  const squatter = there.hospitals.find(({ operator }) => operator !== second.keys.operator)
  if (squatter === undefined) throw new Error('no other hospital')
  const owner = await two.patient()
  const [held = ''] = two.hold(await two.device(owner), (two.now - HOUR_MS) as UnixMs, 5)
  const junk = new Uint8Array(32).fill(7)
  await second.shelf.anchor(async (root) => {
    await there.anchorRoot(squatter, 0, root, 1, junk)
  })
  const own = second.shelf.kept.get(held)?.receipt
  if (own === undefined) throw new Error('not anchored')
  const node = () => chainAt(there.anvil.url, (url, init) => fetch(url, init), there.realm.chainId)
  const found = async (facts: Partial<AnchorStatement>, signer = squatter.receipt) => {
    const anchor = signAnchor(there.realm, { ...own.anchor, ...facts }, signer)
    const { checks } = await verify(batchRecord(there.realm, { ...own, anchor }, undefined), node)
    return checks.filter(({ outcome }) => outcome !== 'true').map(({ claim }) => claim)
  }
  t.same(await found({}, second.keys.receipt), [], 'who came second has a good receipt')
  t.same(await found({ hospital: squatter.operator }), [
    'the chain holds the root',
    'the transaction announced it',
  ])
})
