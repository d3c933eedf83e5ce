import { RLP } from '@ethereumjs/rlp'
import t from 'tap'
import { decodeReceipts, encodeReceipts } from '../../../../../src/chain/embedded/store/receipts.ts'

const bytes = (size: number, value: number) => new Uint8Array(size).fill(value)
const receipts = [
  {
    type: 0,
    isSuccess: true,
    cumulativeGasUsed: 21_000n,
    gasUsed: 21_000n,
    effectiveGasPrice: 2n ** 70n,
    from: bytes(20, 1),
    created: undefined,
    logs: [],
  },
  {
    type: 2,
    isSuccess: false,
    cumulativeGasUsed: 4_700_000n,
    gasUsed: 4_679_000n,
    effectiveGasPrice: 0n,
    from: bytes(20, 2),
    created: bytes(20, 3),
    logs: [
      { address: bytes(20, 4), topics: [], data: bytes(0, 0) },
      { address: bytes(20, 4), topics: [bytes(32, 5), bytes(32, 0)], data: bytes(300, 6) },
    ],
  },
]

t.test('receipts come back as they were', async (t) => {
  t.strictSame(decodeReceipts(encodeReceipts(receipts)), receipts)
  t.same(decodeReceipts(encodeReceipts([])), [])
})

t.test('damage is an error, not a wrong receipt', async (t) => {
  t.throws(() => decodeReceipts(RLP.encode('receipt')), /damaged/)
  t.throws(() => decodeReceipts(RLP.encode([[1, 2]])), /damaged/)
  t.throws(() => decodeReceipts(encodeReceipts(receipts).subarray(0, 40)))
})
