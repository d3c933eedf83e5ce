import { queryObjects } from 'node:v8'
import { EVM } from '@ethereumjs/evm'
import t from 'tap'
import { RICH } from './support/genesis.ts'
import { scratchDir } from './support/scratch.ts'
import { simulatedChain } from './support/validator.ts'

const BLOCKS = 600

t.test('machines and views of past blocks are given back', async (t) => {
  const { validator, clock, heads } = await simulatedChain({ dir: scratchDir(t) })
  t.teardown(() => validator.stop())
  for (let block = 0; block < BLOCKS; block++) {
    await clock.pass(5_000)
    await validator.call('eth_getBalance', [RICH[0], 'latest'])
  }
  t.ok(heads.length >= BLOCKS)
  const live = queryObjects(EVM, { format: 'count' })
  t.ok(live <= 8, `${live} machines after ${heads.length} blocks, each of which was looked at`)
})
