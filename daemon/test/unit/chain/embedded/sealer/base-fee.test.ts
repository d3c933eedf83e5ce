import t from 'tap'
import { nextBaseFee } from '../../../../../src/chain/embedded/sealer/base-fee.ts'

// go-ethereum, consensus/misc/eip1559/eip1559_test.go, TestCalcBaseFee.
const vectors = [
  [20_000_000n, 10_000_000n, 1_000_000_000n],
  [20_000_000n, 9_000_000n, 987_500_000n],
  [20_000_000n, 11_000_000n, 1_012_500_000n],
] as const
for (const [gasLimit, gasUsed, expected] of vectors) {
  t.equal(
    nextBaseFee({ gasLimit, gasUsed, baseFeePerGas: 1_000_000_000n }),
    expected,
    `${gasUsed} of ${gasLimit}`,
  )
}

t.test('it falls to 7 wei and no lower, and rises from there by at least one', async (t) => {
  let fee = 1_000_000_000n
  for (let block = 0; block < 400; block++) {
    fee = nextBaseFee({ gasLimit: 4_700_000n, gasUsed: 0n, baseFeePerGas: fee })
  }
  t.equal(fee, 7n)
  t.equal(nextBaseFee({ gasLimit: 4_700_000n, gasUsed: 2_350_001n, baseFeePerGas: 7n }), 8n)
})
