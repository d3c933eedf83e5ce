import t from 'tap'
import {
  addressAt,
  blockNameAt,
  toBytes,
  toQuantity,
  toSlot,
} from '../../../../../src/chain/embedded/rpc/params.ts'

const hash = `0x${'ab'.repeat(32)}`

t.test('a block is named by tag, number, hash or an EIP-1898 object', async (t) => {
  t.same(blockNameAt([], 0), { tag: 'latest' })
  t.same(blockNameAt([null], 0), { tag: 'latest' })
  t.same(blockNameAt(['finalized'], 0), { tag: 'finalized' })
  t.same(blockNameAt(['0x10'], 0), { number: 16 })
  t.same(blockNameAt([{ blockNumber: '0x10' }], 0), { number: 16 })
  t.same(blockNameAt([{ blockHash: hash, requireCanonical: true }], 0), {
    hash: Buffer.from(hash.slice(2), 'hex'),
  })
  for (const bad of [
    'newest',
    16,
    '16',
    '0x',
    '0xzz',
    `0x${'f'.repeat(17)}`,
    {},
    [],
    { blockHash: '0x12' },
  ]) {
    t.throws(() => blockNameAt([bad], 0), { code: -32602 }, JSON.stringify(bad))
  }
})

t.test('quantities, data and slots are strict about what they are', async (t) => {
  t.equal(toQuantity('0x0', 0), 0n)
  t.same(toBytes('0x', 0), Buffer.alloc(0))
  t.same(toSlot('0x1', 0), Buffer.from('1'.padStart(64, '0'), 'hex'))
  for (const bad of ['', '0x', 'ff', -1, 1, null, '0x1g', `0x${'f'.repeat(65)}`]) {
    t.throws(() => toQuantity(bad, 0), { code: -32602 }, `quantity ${bad}`)
    if (bad !== '0x') t.throws(() => toBytes(bad, 0), { code: -32602 }, `data ${bad}`)
  }
  t.throws(() => toBytes('0x123', 0), { code: -32602 })
  t.throws(() => addressAt([hash], 0), { code: -32602, message: /20 bytes/ })
})
