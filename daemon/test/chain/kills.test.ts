import { appendFileSync, cpSync, readdirSync, statSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { toQuantity } from 'ethers'
import t from 'tap'
import { loadCrypto } from '../../src/chain/embedded/crypto.ts'
import { until } from '../link/support/until.ts'
import { ChainProcess } from './support/chain-process.ts'
import { testGenesis } from './support/genesis.ts'
import { Load } from './support/load.ts'
import { rpc } from './support/rpc-client.ts'
import { scratchDir } from './support/scratch.ts'
import { SecondOpinion } from './support/second-opinion.ts'
import { simulatedChain } from './support/validator.ts'

const KILLS = process.env.HYGEIA_SOAK === '1' ? 200 : 8
const EPOCH = 4
/** That every other life shows before it may end. */
const RECEIPTS = 3

t.setTimeout(600_000)

t.test(`a chain killed ${KILLS} times under load is whole every time`, async (t) => {
  const dir = scratchDir(t)
  const load = new Load()
  /** Hash by height, and height by transaction, as anybody outside ever saw them. */
  const seenBlocks = new Map<number, string>()
  const seenReceipts = new Map<string, string>()
  let chain = await ChainProcess.start({ dir, epoch: EPOCH })
  t.teardown(() => chain.stop())
  const deployment = await load.deploy(chain.rpcUrl)
  while ((await rpc(chain.rpcUrl, 'eth_getTransactionReceipt', deployment)).result === null) await delay(50)

  for (let kill = 0; kill < KILLS; kill++) {
    const killed = chain
    const shown = seenReceipts.size
    const broken = sendAndLook(killed, load, seenReceipts).catch(() => {})
    // Every other life has receipts to lose; else chance makes most of them too short to be seen from outside.
    if (kill % 2 === 0) await until(() => seenReceipts.size >= shown + RECEIPTS)
    // From the middle of the first block, which is due at once, to somewhere in the second.
    await delay(Math.random() * 1_100)
    await killed.kill()
    await broken
    for (const [number, hash] of killed.heads) {
      const before = seenBlocks.get(number)
      if (before !== undefined && before !== hash) t.fail(`two blocks at ${number}`, { before, hash })
      seenBlocks.set(number, hash)
    }
    chain = await ChainProcess.start({ dir, epoch: EPOCH })
    await load.resume(chain.rpcUrl)
    const head = Math.max(...seenBlocks.keys())
    const held = await blockHash(chain, head)
    if (held !== seenBlocks.get(head)) t.fail(`block ${head} was seen and is gone`, { kill, held })
  }

  const height = Number((await rpc(chain.rpcUrl, 'eth_blockNumber')).result)
  t.ok(height >= KILLS / 2, `${height} blocks`)
  t.ok(seenReceipts.size > KILLS, `${seenReceipts.size} receipts were seen`)
  for (const [number, hash] of seenBlocks) {
    if ((await blockHash(chain, number)) !== hash) t.fail(`block ${number} is another one now`)
  }
  for (const [hash, blockHashSeen] of seenReceipts) {
    const { result } = await rpc(chain.rpcUrl, 'eth_getTransactionReceipt', hash)
    if ((result as { blockHash: string } | null)?.blockHash !== blockHashSeen)
      t.fail(`receipt of ${hash} changed`)
  }
  const second = await SecondOpinion.of(testGenesis({ epoch: EPOCH }), (await loadCrypto()).custom)
  for (let number = 1; number <= height; number++) {
    const { result } = await rpc(chain.rpcUrl, 'debug_getRawBlock', toQuantity(number))
    if ((await second.accept(String(result))) !== (await blockHash(chain, number)))
      t.fail(`block ${number} differs`)
  }
  t.pass('a stock node accepts every block from the genesis on')
})

t.test('a log that a power cut tore anywhere leaves whole blocks, and sealing goes on', async (t) => {
  const dir = scratchDir(t)
  const first = await simulatedChain({ dir })
  const load = new Load()
  await load.deploy(first.validator.rpcUrl)
  for (let block = 0; block < 12; block++) {
    await load.send(first.validator.rpcUrl, 6)
    await first.clock.pass(5_000)
  }
  await first.validator.stop()
  const hashes = new Map(first.heads.map(({ number, hash }) => [number, hash]))

  for (let cut = 0; cut < 25; cut++) {
    const torn = scratchDir(t)
    cpSync(dir, torn, { recursive: true })
    const log = readdirSync(torn).find((name) => name.endsWith('.log')) ?? ''
    const { size } = statSync(join(torn, log))
    truncateSync(join(torn, log), Math.floor(size * (1 - Math.random() * 0.9)))
    // What a file system may leave behind the end: bytes that were never written.
    if (cut % 2 === 0) appendFileSync(join(torn, log), Buffer.alloc(100))

    const again = await simulatedChain({ dir: torn }, first.clock)
    const held = again.validator.head(first.clock.now())
    if (held.number > 0) t.equal(hashes.get(held.number), held.hash, `cut ${cut} leaves block ${held.number}`)
    await again.validator.call('eth_getProof', [`0x${'11'.repeat(20)}`, [], 'latest'])
    await load.resume(again.validator.rpcUrl)
    await load.send(again.validator.rpcUrl, 6)
    await first.clock.pass(10_000)
    t.ok(again.heads.length >= 1, 'it seals on')
    t.equal(again.heads[0]?.number, held.number + 1)
    await again.validator.stop()
  }
})

t.test('a second process is told that the chain is in use', async (t) => {
  const dir = scratchDir(t)
  const chain = await ChainProcess.start({ dir })
  t.teardown(() => chain.stop())
  await t.rejects(ChainProcess.start({ dir }), /another process holds the chain/)
  t.ok((await rpc(chain.rpcUrl, 'eth_blockNumber')).result, 'the first one is not disturbed')
})

/** Send, and look what was included, until the connection breaks. @throws then */
async function sendAndLook(chain: ChainProcess, load: Load, seen: Map<string, string>): Promise<never> {
  let waiting: string[] = []
  for (;;) {
    waiting.push(...(await load.send(chain.rpcUrl, 5)))
    const still: string[] = []
    for (const hash of waiting) {
      const { result } = await rpc(chain.rpcUrl, 'eth_getTransactionReceipt', hash)
      if (result === null) still.push(hash)
      else seen.set(hash, (result as { blockHash: string }).blockHash)
    }
    waiting = still
  }
}

async function blockHash(chain: ChainProcess, number: number): Promise<string | undefined> {
  const { result } = await rpc(chain.rpcUrl, 'eth_getBlockByNumber', toQuantity(number), false)
  return (result as { hash: string } | null)?.hash
}
