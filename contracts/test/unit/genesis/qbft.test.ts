import { decodeRlp, toUtf8String } from 'ethers'
import t from 'tap'
import { qbftGenesis } from '../../../genesis/qbft.ts'

const [A, B, C, D] = ['aa', '0B', 'cc', '01'].map((byte) => `0x${byte.repeat(20)}`) as [
  string,
  string,
  string,
  string,
]
const options = {
  chainId: 4_503_599_627_370_001,
  validators: [A, B, C, D],
  periodSec: 5,
  epoch: 30_000,
  gasLimit: 4_700_000,
  alloc: { [A]: 10n ** 18n },
}

t.test('the extra data names the validators, without a vote, a round or seals', async (t) => {
  const { extraData } = qbftGenesis(options)
  t.same(decodeRlp(extraData), [`0x${'00'.repeat(32)}`, [D, B.toLowerCase(), A, C], [], '0x', []])
  t.match(
    extraData,
    /^0xf87aa0(00){32}f854(94[0-9a-f]{40}){4}c080c0$/,
    'as Besu writes that of four validators',
  )
})

t.test('Besu takes it for a QBFT chain, and the daemon for one of this period', async (t) => {
  const { config, ...header } = qbftGenesis(options)
  t.same(config, {
    chainId: options.chainId,
    londonBlock: 0,
    qbft: { epochlength: 30_000, blockperiodseconds: 5, requesttimeoutseconds: 10 },
  })
  t.equal(toUtf8String(header.mixHash), 'ctical byzantine fault tolerance')
  t.match(header, { difficulty: '0x1', gasLimit: '0x47b760', timestamp: '0x0', baseFeePerGas: '0x3b9aca00' })
  t.same(header.alloc, { [A]: { balance: '0xde0b6b3a7640000' } })
})

t.test('the same parties give the same genesis in whatever order they are named', async (t) => {
  t.same(qbftGenesis({ ...options, validators: [D, C, B.toLowerCase(), A] }), qbftGenesis(options))
})

t.test('what cannot be run is refused by name', async (t) => {
  t.throws(() => qbftGenesis({ ...options, validators: [] }), /validators/)
  t.throws(() => qbftGenesis({ ...options, validators: [A, A] }), /there twice/)
  t.throws(() => qbftGenesis({ ...options, periodSec: 0.5 }), /periodSec/)
  t.throws(() => qbftGenesis({ ...options, gasLimit: 4_999 }), /gasLimit/)
})
