import { setTimeout as delay } from 'node:timers/promises'
import { toQuantity } from 'ethers'
import t from 'tap'
import { ChainProcess } from './support/chain-process.ts'
import { testGenesis } from './support/genesis.ts'
import { Load } from './support/load.ts'
import { rpc } from './support/rpc-client.ts'
import { scratchDir } from './support/scratch.ts'
import { SecondOpinion } from './support/second-opinion.ts'

t.test('a full disk stops the sealing, not the reading, and room lets it go on', async (t) => {
  const chain = await ChainProcess.start({ dir: scratchDir(t), maxFileBytes: 64 * 1024 })
  t.teardown(() => chain.stop())
  const load = new Load()
  await load.deploy(chain.rpcUrl)
  const height = async () => Number((await rpc(chain.rpcUrl, 'eth_blockNumber')).result)

  let full = 0
  for (let stalledMs = 0, before = 0; stalledMs < 3_000; stalledMs += 200) {
    await load.send(chain.rpcUrl, 5)
    await delay(200)
    full = await height()
    if (full !== before) stalledMs = 0
    before = full
  }
  t.ok(full > 0, `full at block ${full}`)
  const head = await rpc(chain.rpcUrl, 'eth_getBlockByNumber', toQuantity(full), true)
  t.match(head.result, { number: toQuantity(full) }, 'blocks can be read')
  t.ok(
    (await rpc(chain.rpcUrl, 'eth_getProof', `0x${'11'.repeat(20)}`, [], 'latest')).result,
    'and the state',
  )

  chain.makeRoom()
  for (let waited = 0; waited < 20_000 && (await height()) < full + 3; waited += 100) await delay(100)
  t.ok((await height()) >= full + 3, 'it seals on by itself')

  const second = await SecondOpinion.of(testGenesis())
  for (let number = 1; number <= full + 3; number++) {
    const { result } = await rpc(chain.rpcUrl, 'debug_getRawBlock', toQuantity(number))
    await second.accept(String(result))
  }
  t.pass('and every block is one that a stock node accepts')
})
