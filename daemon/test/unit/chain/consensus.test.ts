import { cliqueGenesis } from '@hygeia/contracts/genesis/clique'
import { qbftGenesis } from '@hygeia/contracts/genesis/qbft'
import t from 'tap'
import { consensusOf } from '../../../src/chain/consensus.ts'

const A = `0x${'aa'.repeat(20)}`
const shared = { chainId: 9, periodSec: 5, epoch: 30_000, gasLimit: 4_700_000, alloc: {} }

t.test('both templates are understood', async (t) => {
  const clique = cliqueGenesis({ ...shared, signers: [A] })
  t.same(consensusOf(clique), { kind: 'clique', chainId: 9, periodSec: 5, epoch: 30_000 })
  const qbft = qbftGenesis({ ...shared, validators: [A] })
  t.same(consensusOf(qbft), { kind: 'qbft', chainId: 9, periodSec: 5 })
})

t.test('what no engine here follows is refused', async (t) => {
  const refused = [
    {},
    7,
    { config: { chainId: 9 } },
    { config: { chainId: 9, clique: {} } },
    { config: { chainId: 9, qbft: { blockperiodseconds: 0 } } },
  ]
  for (const genesis of refused) t.throws(() => consensusOf(genesis), { code: 'GENESIS_UNUSABLE' })
})
