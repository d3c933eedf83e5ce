import { randomBytes } from 'node:crypto'
import type { Answer } from '@hygeia/protocol/device-link/answer'
import { signRefusal } from '@hygeia/protocol/device-link/refusal'
import { type Address, type Hex32, toHex } from '@hygeia/protocol/ids'
import { batchLeafHash } from '@hygeia/protocol/merkle/leaf'
import { merkleTree } from '@hygeia/protocol/merkle/tree'
import { signAnchor } from '@hygeia/protocol/receipt/receipt'
import { keySigner } from '@hygeia/protocol/signature'
import { sha256 } from '@noble/hashes/sha2.js'
import t from 'tap'
import type { EntryName } from '../../../src/spool/spool.ts'
import { AnswerReader } from '../../../src/uplink/answers.ts'
import { DEVICE, PATIENT } from '../../support/line.ts'
import { REALM } from '../../support/realm.ts'

const hospital = keySigner(randomBytes(32)).address
const receiptKey = keySigner(randomBytes(32))
const incarnation = `0x${'aa'.repeat(8)}` as EntryName['incarnation']
const digestOf = (sequence: number) => sha256(Uint8Array.of(sequence))
const held = new Map<string, EntryName>(
  [1, 2, 3].map((sequence) => [
    toHex(digestOf(sequence)),
    { id: 100 + sequence, incarnation, sequence, ageMs: 5 },
  ]),
)
const hospitals = () => [{ hospital, receiptKey: receiptKey.address }]
const authority = { realm: REALM, device: DEVICE.address, hospitals }
const reader = () => new AnswerReader(authority, { find: (digest) => held.get(toHex(digest)) })

const leafOf = (sequence: number, device: Address = DEVICE.address) => ({
  device,
  incarnation,
  sequence,
  digest: digestOf(sequence),
})

function receipts(
  sequences: readonly number[],
  { signer = receiptKey, by = hospital, device = DEVICE.address, realm = REALM } = {},
): Extract<Answer, { kind: 'receipts' }> {
  const leaves = sequences.map((sequence) => leafOf(sequence, device))
  const tree = merkleTree(leaves.map(batchLeafHash))
  const anchor = signAnchor(
    realm,
    {
      hospital: by,
      root: toHex(tree.root) as string as Hex32,
      count: leaves.length,
      manifest: `0x${'01'.repeat(32)}` as Hex32,
      transaction: `0x${'02'.repeat(32)}` as Hex32,
      blockNumber: 7,
      blockHash: `0x${'03'.repeat(32)}` as Hex32,
    },
    signer,
  )
  const proven = leaves.map((leaf, index) => ({ leaf, proof: tree.proofOf(index) }))
  return { kind: 'receipts', anchor, proven }
}

t.test('a receipt that is signed and proven counts, once', async (t) => {
  const answer = receipts([1, 2])
  t.match(reader().read([answer, answer]), { received: [{ id: 101 }, { id: 102 }], forged: 0 })
})

const other = keySigner(randomBytes(32))
const good = receipts([1, 2])
const [first, second] = good.proven
if (first === undefined || second === undefined) throw new Error('two leaves were proven')
const forgeries: Record<string, Answer> = {
  'signed by another key': receipts([1], { signer: other }),
  'of another hospital': receipts([1], { by: other.address }),
  'for another realm': receipts([1], { realm: { ...REALM, chainId: 1 } }),
  'of another device': receipts([1], { device: other.address }),
  'with a root that was changed': {
    ...good,
    anchor: { ...good.anchor, root: `0x${'ff'.repeat(32)}` as Hex32 },
  },
  'with a block that was changed': { ...good, anchor: { ...good.anchor, blockNumber: 8 } },
  'with a signature that is none': {
    ...good,
    anchor: { ...good.anchor, signature: new Uint8Array(64).fill(0xff) },
  },
  'with the proof of another leaf': {
    ...good,
    proven: [{ leaf: first.leaf, proof: second.proof.concat([new Uint8Array(32)]) }],
  },
  'without a proof': { ...good, proven: [{ leaf: first.leaf, proof: [] }] },
  'for another sequence': { ...good, proven: [{ leaf: { ...first.leaf, sequence: 9 }, proof: first.proof }] },
}
for (const [name, forgery] of Object.entries(forgeries)) {
  t.test(`a receipt ${name} frees nothing`, async (t) => {
    const one = reader()
    // A good anchor that was seen before must not vouch for one that only looks like it.
    one.read([good])
    const verdicts = one.read([forgery])
    t.same(verdicts.received, [])
    t.ok(verdicts.forged > 0)
  })
}

t.test('a proven batch that nobody knows is told of', async (t) => {
  const verdicts = reader().read([receipts([1, 9])])
  t.match(verdicts, { received: [{ id: 101 }], unknown: [{ incarnation, sequence: 9 }] })
})

t.test('only a signed refusal of a batch that is here counts', async (t) => {
  const digest = toHex(digestOf(2)) as string as Hex32
  const refuse = (signer: typeof receiptKey, by = hospital): Answer => ({
    kind: 'refused',
    refusal: signRefusal(REALM, { hospital: by, digest, reason: 'WRONG_LABEL' }, signer),
  })
  t.match(reader().read([refuse(receiptKey)]), {
    refused: [{ entry: { id: 102 }, reason: 'WRONG_LABEL' }],
    forged: 0,
  })
  t.match(reader().read([refuse(other)]), { refused: [], forged: 1 })
  t.match(reader().read([refuse(receiptKey, other.address)]), { refused: [], forged: 1 })
  const signed = signRefusal(REALM, { hospital, digest, reason: 'WRONG_LABEL' }, receiptKey)
  t.match(reader().read([{ kind: 'refused', refusal: { ...signed, reason: 'FORKED' } }]), {
    refused: [],
    forged: 1,
  })
  const unknown = { ...signed, digest: `0x${'99'.repeat(32)}` as Hex32 }
  t.match(reader().read([{ kind: 'refused', refusal: unknown }]), { refused: [], forged: 0 })
})

t.test('busy and label keys are handed on', async (t) => {
  const labelKeys = PATIENT.labelKeys(REALM, DEVICE.address, { count: 1 })
  const digest = toHex(digestOf(3)) as string as Hex32
  t.match(
    reader().read([
      { kind: 'busy', digest, delayMs: 700 },
      { kind: 'busy', digest: `0x${'99'.repeat(32)}` as Hex32, delayMs: 1 },
      { kind: 'label-keys', labelKeys },
    ]),
    { busy: [{ entry: { id: 103 }, delayMs: 700 }], labelKeys: [{ serial: 1 }] },
  )
})
