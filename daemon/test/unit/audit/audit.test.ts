import { randomBytes } from 'node:crypto'
import { auditLeafHash, auditSigner, decodeAuditEntry } from '@hygeia/protocol/audit/entry'
import { type Address, fromHex, type Hex32, toHex } from '@hygeia/protocol/ids'
import { provesLeaf } from '@hygeia/protocol/merkle/proof'
import { keySigner, recoverAddress } from '@hygeia/protocol/signature'
import { createLog } from '@hygeia/runtime/log'
import { Registry } from 'prom-client'
import t from 'tap'
import { type AuditAnchorer, openAudit } from '../../../src/audit/audit.ts'
import { HandClock } from '../support/hand-clock.ts'
import { scratch } from '../support/scratch.ts'

const realm = {
  chainId: 7,
  directory: `0x${'11'.repeat(20)}` as Address,
  genesis: `0x${'22'.repeat(32)}` as Hex32,
}
const signer = keySigner(randomBytes(32))
const hospital = keySigner(randomBytes(32)).address
const [anna, bert, physician] = [1, 2, 3].map(() => keySigner(randomBytes(32)).address) as [
  Address,
  Address,
  Address,
]
const hex32 = () => toHex(randomBytes(32)) as string as Hex32

const about = (patient: Address, reason = '') => ({
  event: reason === '' ? ('opened' as const) : ('refused' as const),
  patient,
  physician,
  grant: hex32(),
  request: hex32(),
  batches: 3,
  reason,
})

/** A chain that takes a root once, and a known one again without a word; it counts what it recorded. */
class Chain implements AuditAnchorer {
  readonly roots = new Map<string, number>()
  isDown = false
  calls = 0

  async anchorAudit({ root, count }: { root: Hex32; count: number }) {
    this.calls++
    if (this.isDown) throw new Error('down')
    this.roots.set(root, count)
    return { transaction: root, blockNumber: this.roots.size, blockHash: root }
  }
}

function open(dir: string, anchorer: AuditAnchorer) {
  const deps = {
    signer,
    clock: new HandClock(),
    log: createLog('test', 'silent'),
    metrics: new Registry(),
    anchorer,
  }
  return openAudit({ dir, hospital, realm, reserveBytes: 1 }, deps)
}

t.test('entries that come at once are numbered without a gap, and signed', async (t) => {
  const audit = await open(await scratch(t), new Chain())
  const written = await Promise.all(Array.from({ length: 300 }, () => audit.append(about(anna))))
  t.same(
    written.map(({ entry }) => entry.index).toSorted((left, right) => left - right),
    Array.from({ length: 300 }, (_, index) => index),
  )
  for (const { entry, bytes, signature } of written.slice(0, 5)) {
    t.same(decodeAuditEntry(bytes), entry)
    t.equal(auditSigner(realm, entry, signature, recoverAddress), signer.address)
  }
  t.equal(new Set(written.map(({ entry }) => entry.salt)).size, 300, 'each with a salt of its own')
  await audit.stop()
})

t.test('a patient reads page by page what is about him, and nothing else', async (t) => {
  const audit = await open(await scratch(t), new Chain())
  for (let index = 0; index < 10; index++)
    await audit.append(about(index % 2 === 0 ? anna : bert, index === 4 ? 'REPLAYED' : ''))
  const first = await audit.entriesOf(anna, 0, 3)
  t.same(
    first.entries.map(({ entry }) => entry.index),
    [0, 2, 4],
  )
  t.match(first.entries[2]?.entry, { event: 'refused', reason: 'REPLAYED' })
  const rest = await audit.entriesOf(anna, first.next ?? 0, 3)
  t.same(
    rest.entries.map(({ entry }) => entry.index),
    [6, 8],
  )
  t.equal(rest.next, undefined)
  t.same((await audit.entriesOf(physician, 0, 3)).entries, [])
  await audit.stop()
})

t.test('what is anchored is proven, also after a restart, and no entry twice', async (t) => {
  const dir = await scratch(t)
  const chain = new Chain()
  let audit = await open(dir, chain)
  for (let index = 0; index < 7; index++) await audit.append(about(anna))
  await Promise.all([audit.anchorNow(), audit.anchorNow()])
  await audit.append(about(anna))
  await audit.stop()

  audit = await open(dir, chain)
  const [unanchored] = (await audit.entriesOf(anna, 7, 1)).entries
  t.equal(unanchored?.anchor, undefined, 'the last is not anchored yet')
  for (let index = 0; index < 3; index++) await audit.append(about(anna))
  await audit.anchorNow()
  await audit.anchorNow()
  t.same([...chain.roots.values()], [7, 4])
  const { entries } = await audit.entriesOf(anna, 0, 100)
  for (const { entry, anchor } of entries) {
    t.ok(
      anchor && provesLeaf(fromHex(anchor.root), auditLeafHash(entry), anchor.proof),
      `entry ${entry.index}`,
    )
  }
  await audit.stop()
})

t.test('an anchor that a crash cut short is sent again as it was', async (t) => {
  const dir = await scratch(t)
  const chain = new Chain()
  let audit = await open(dir, chain)
  for (let index = 0; index < 3; index++) await audit.append(about(anna))
  // The root gets to the chain, the answer does not get back.
  const lost: AuditAnchorer = {
    anchorAudit: async (anchor) => {
      await chain.anchorAudit(anchor)
      throw new Error('killed')
    },
  }
  await audit.stop()
  audit = await open(dir, lost)
  await t.rejects(audit.anchorNow(), { message: 'killed' })
  await audit.append(about(anna))
  await audit.stop()

  audit = await open(dir, chain)
  await audit.anchorNow()
  t.same([...chain.roots.values()], [3, 1], 'the same three once, then the one that came after')
  await audit.stop()
})

t.test('a chain that is away stops nothing but the anchors', async (t) => {
  const chain = new Chain()
  const audit = await open(await scratch(t), chain)
  chain.isDown = true
  await audit.start()
  await audit.append(about(anna))
  while (chain.calls < 3) await new Promise((resolve) => setImmediate(resolve))
  await audit.append(about(anna))
  chain.isDown = false
  while ([...chain.roots.values()].reduce((sum, count) => sum + count, 0) < 2) {
    await new Promise((resolve) => setImmediate(resolve))
  }
  t.same((await audit.entriesOf(anna, 0, 10)).entries.length, 2)
  await audit.stop()
})

t.test('an anchor that hangs does not keep the log from closing', async (t) => {
  const audit = await open(await scratch(t), { anchorAudit: () => new Promise(() => {}) })
  await audit.append(about(anna))
  await audit.start()
  await audit.stop()
  t.pass('closed')
})
