import { randomBytes } from 'node:crypto'
import { encodeCbor } from '@hygeia/protocol/cbor'
import { encodeHolding, signHolding } from '@hygeia/protocol/holding/holding'
import { type Address, type Hex32, toHex } from '@hygeia/protocol/ids'
import { anchorFields } from '@hygeia/protocol/receipt/codec'
import { signAnchor } from '@hygeia/protocol/receipt/receipt'
import { keySigner, recoverAddress } from '@hygeia/protocol/signature'
import type { Realm } from '@hygeia/protocol/typed-data/domain'
import type { UnixMs } from '@hygeia/protocol/units'
import t from 'tap'
import { Belief } from '../../../src/replication/belief.ts'
import { challengedIndex, proofOfHolding } from '../../../src/replication/challenge.ts'
import type { ReplicaRecord } from '../../../src/replication/records.ts'
import { address, anchoredManifest, hex32 } from './support/anchored.ts'

const realm: Realm = { chainId: 7, directory: address(), genesis: hex32() }
const [own, other] = [address(), address()]
const [receiptKey, formerKey, strangersKey] = [randomBytes(32), randomBytes(32), randomBytes(32)].map(
  keySigner,
)
if (receiptKey === undefined || formerKey === undefined || strangersKey === undefined) throw new Error('keys')

const { leaves, anchored } = anchoredManifest(own, 40)
const record: ReplicaRecord = { ...anchored, state: 'held', fault: '' }
const batchOf = (digest: Uint8Array) => Buffer.concat([digest, digest])
const nonce = toHex(randomBytes(32)) as string as Hex32
const chosen = leaves[challengedIndex(nonce, 40)]
if (chosen === undefined) throw new Error('a nonce chooses one of the batches')

const belief = new Belief(
  { realm },
  {
    members: { member: (operator) => ({ receipt: operator === other ? receiptKey.address : own }) as never },
    book: { digestAt: async (root, index) => (root === record.root ? leaves[index]?.digest : undefined) },
    ipfs: { get: async (digest) => batchOf(digest) },
    holderOf: async (key) => (key === formerKey.address ? other : undefined),
    recover: recoverAddress,
  },
)
const statement = {
  hospital: other,
  root: record.root,
  manifest: record.manifest,
  count: 40,
  at: 5 as UnixMs,
}
const answer = (
  changes = {},
  signer = receiptKey,
  proof = proofOfHolding(nonce, batchOf(chosen.digest)),
) => ({
  root: record.root,
  origin: own,
  holding: { statement: encodeHolding(signHolding(realm, { ...statement, ...changes }, signer)), proof },
  anchor: undefined,
})

t.test('who signs with its own key and knows the batch that was asked for is believed', async (t) => {
  t.match(await belief.holding(other, record, answer(), nonce), { outcome: 'genuine', said: statement })
  const former = answer({}, formerKey)
  t.match(await belief.holding(other, record, former, nonce), { outcome: 'genuine' }, 'a key that it had')
})

t.test('every other statement of holding is forged', async (t) => {
  const forged = {
    'somebody else’s signature': answer({}, strangersKey),
    'in another’s name': answer({ hospital: own }),
    'of another root': answer({ root: hex32() }),
    'of another manifest': answer({ manifest: hex32() }),
    'of fewer batches': answer({ count: 39 }),
    'no statement at all': {
      ...answer(),
      holding: { statement: randomBytes(60), proof: randomBytes(32) },
    },
  }
  for (const [name, said] of Object.entries(forged)) {
    const believed = await belief.holding(other, record, said, nonce)
    t.same(believed, { outcome: 'forged', fault: 'HOLDING_FORGED' }, name)
  }
})

t.test('who says to hold what it does not know is found out', async (t) => {
  const guess = answer({}, receiptKey, randomBytes(32))
  const unproven = { outcome: 'forged', fault: 'HOLDING_UNPROVEN' }
  t.same(await belief.holding(other, record, guess, nonce), unproven)
  const replayed = belief.holding(other, record, answer(), toHex(randomBytes(32)) as string as Hex32)
  t.same(await replayed, unproven, 'nor does a proof for an earlier question help')
  const unknown = { ...record, root: hex32() }
  const early = answer({ root: unknown.root })
  t.same(await belief.holding(other, unknown, early, nonce), { outcome: 'nothing' }, 'not held here yet')
})

t.test('an anchor counts as the chain has it, and as its hospital signed it', async (t) => {
  const theirs: ReplicaRecord = { ...record, origin: other }
  const said = (changes: Partial<ReplicaRecord> & { hospital?: Address } = {}, signer = receiptKey) => {
    const anchor = signAnchor(realm, { ...theirs, hospital: other, ...changes }, signer)
    return { root: record.root, origin: other, holding: undefined, anchor: encodeCbor(anchorFields(anchor)) }
  }
  t.match(await belief.anchor(other, theirs, said()), { outcome: 'genuine', said: { root: record.root } })
  const forged = {
    'another block': said({ blockHash: hex32() }),
    'another number': said({ blockNumber: 8 }),
    'another manifest': said({ manifest: hex32() }),
    'another hospital': said({ hospital: own }),
    'another signature': said({}, strangersKey),
    'no anchor': { root: record.root, origin: other, holding: undefined, anchor: randomBytes(90) },
  }
  for (const [name, one] of Object.entries(forged)) {
    t.same(await belief.anchor(other, theirs, one), { outcome: 'forged', fault: 'ANCHOR_FORGED' }, name)
  }
  const nothing = { root: record.root, origin: other, holding: undefined, anchor: undefined }
  t.same(await belief.anchor(other, theirs, nothing), { outcome: 'nothing' })
})
