import { readFileSync } from 'node:fs'
import t from 'tap'
import { cliqueGenesis } from '../../../genesis/clique.ts'

const A = `0x${'aa'.repeat(20)}`
const B = `0x${'0B'.repeat(20)}`
const options = {
  chainId: 4_503_599_627_370_001,
  signers: [A, B],
  periodSec: 5,
  epoch: 30_000,
  gasLimit: 4_700_000,
  alloc: { [A]: 10n ** 18n, [B]: 0n },
}

t.test('the extra data is vanity, signers in ascending order, and room for a seal (EIP-225)', (t) => {
  const { extraData } = cliqueGenesis(options)
  t.equal(extraData, `0x${'00'.repeat(32)}${'0b'.repeat(20)}${'aa'.repeat(20)}${'00'.repeat(65)}`)
  t.end()
})

t.test('the chain has the rules of London from block 0 and never leaves Clique', (t) => {
  const { config, ...header } = cliqueGenesis(options)
  t.equal(config.chainId, options.chainId)
  t.equal(config.londonBlock, 0)
  t.same(config.clique, { period: 5, epoch: 30_000 })
  t.notMatch(Object.keys(config).join(), /terminal|merge|shanghai|arrowGlacier|grayGlacier/i)
  t.equal(header.gasLimit, '0x47b760')
  t.equal(header.difficulty, '0x1')
  t.equal(header.baseFeePerGas, '0x3b9aca00', '1 gwei, INITIAL_BASE_FEE of EIP-1559')
  t.equal(header.timestamp, '0x0')
  t.equal(cliqueGenesis({ ...options, timestampSec: 1_700_000_000 }).timestamp, '0x6553f100')
  t.end()
})

t.test('accounts are funded in wei', (t) => {
  t.same(cliqueGenesis(options).alloc, {
    [B.toLowerCase()]: { balance: '0x0' },
    [A]: { balance: '0xde0b6b3a7640000' },
  })
  t.end()
})

// geth 1.13.15 (`geth init`) and EthereumJS 10.1.3 both give this genesis the block hash in the vector.
t.test('a genesis that geth took stays as it is, to the letter', (t) => {
  const vector = new URL('../../vectors/clique-genesis.json', import.meta.url)
  const { options, genesis } = JSON.parse(readFileSync(vector, 'utf8'))
  const alloc = Object.fromEntries(
    Object.entries<string>(options.alloc).map(([address, wei]) => [address, BigInt(wei)]),
  )
  t.equal(JSON.stringify(cliqueGenesis({ ...options, alloc })), JSON.stringify(genesis))
  t.end()
})

t.test('the same parties give the same genesis in whatever order they are named', (t) => {
  const other = {
    ...options,
    signers: [B.toLowerCase(), A],
    alloc: { [B.toLowerCase()]: 0n, [A]: 10n ** 18n },
  }
  t.equal(JSON.stringify(cliqueGenesis(other)), JSON.stringify(cliqueGenesis(options)))
  t.end()
})

t.test('a genesis that no engine could start from is refused with the field at fault', (t) => {
  const faults: readonly (readonly [string, object])[] = [
    ['chainId', { chainId: 0 }],
    ['chainId', { chainId: 2 ** 53 }],
    ['periodSec', { periodSec: 0 }],
    ['periodSec', { periodSec: 0.5 }],
    ['epoch', { epoch: 0 }],
    ['gasLimit', { gasLimit: 4999 }],
    ['timestampSec', { timestampSec: -1 }],
    ['signers', { signers: [] }],
    ['signers', { signers: [A, A.toUpperCase().replace('0X', '0x')] }],
    ['signers', { signers: ['0x12'] }],
    ['alloc', { alloc: { '0x12': 1n } }],
    ['alloc', { alloc: { [A]: -1n } }],
    ['alloc', { alloc: { [A]: 2n ** 256n } }],
    ['alloc', { alloc: { [B]: 1n, [B.toLowerCase()]: 1n } }],
  ]
  for (const [field, change] of faults) {
    t.throws(() => cliqueGenesis({ ...options, ...change }), {
      name: 'RangeError',
      message: new RegExp(`^${field}`),
    })
  }
  t.end()
})
