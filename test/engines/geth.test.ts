import { execFileSync } from 'node:child_process'
import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { FinalPin } from '@hygeia/daemon/chain/rpc/pin'
import { parseUnits } from 'ethers'
import t from 'tap'
import { testFolder } from '../support/scene.ts'
import { until } from '../support/until.ts'
import { GethNode, genesisOf, RICH, walletOf } from './support/geth-node.ts'

t.setTimeout(180_000)

t.test('a hospital alone seals with geth, with a door to nobody else', async (t) => {
  const dir = await testFolder(t)
  const node = await GethNode.make({ dir, genesis: genesisOf(['a']), validator: 'a' })
  t.teardown(() => node.stop())
  const chain = await node.start()
  const { rpcUrl } = chain

  await t.test('blocks are final as they come, and a transaction gets into one', async (t) => {
    t.match(chain.info, { engine: 'geth', chainId: 777_001, singleSigner: true, periodSec: 1, epoch: 30_000 })
    t.same(chain.finality, { rule: 'head' })
    const raw = await RICH.signTransaction({
      ...{ chainId: 777_001, nonce: 0, to: RICH.address, gasLimit: 21_000, type: 2 },
      // Less than a gwei: geth leaves that out unless it is told otherwise.
      ...{ maxFeePerGas: parseUnits('2', 'gwei'), maxPriorityFeePerGas: 7n },
    })
    const hash = await chain.request({ method: 'eth_sendRawTransaction', params: [raw] })
    const receipt = await until('the transaction is mined', async () => {
      const answer = await chain.request({ method: 'eth_getTransactionReceipt', params: [hash] })
      return (answer as { status: string; blockNumber: string } | null) ?? undefined
    })
    t.equal(receipt.status, '0x1')
    await until('it is final', async () => chain.head.finalNumber >= Number(receipt.blockNumber))
    t.equal(chain.head.finalNumber, chain.head.number)
  })

  await t.test('programs on this machine can read and send, and nothing else', async (t) => {
    const ask = async (method: string, ...params: unknown[]) => {
      const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params })
      const answer = await fetch(rpcUrl, {
        method: 'POST',
        body,
        headers: { 'content-type': 'application/json' },
      })
      return (await answer.json()) as { result?: unknown; error?: { code: number } }
    }
    t.equal((await ask('eth_chainId')).result, '0xbdb29')
    t.match((await ask('debug_getRawBlock', '0x1')).result, /^0x/)
    const refused = [
      ['personal_listAccounts'],
      ['eth_sendTransaction', { from: walletOf('a').address, to: RICH.address }],
      ['eth_sign', walletOf('a').address, '0x00'],
      ['eth_accounts'],
      ['clique_propose', RICH.address, true],
      ['admin_addPeer', node.enode],
      ['miner_stop'],
      ['debug_setHead', '0x0'],
    ] as const
    for (const [method, ...params] of refused)
      t.match((await ask(method, ...params)).error, { code: -32_601 }, method)
    t.equal((await stat(join(dir, 'geth.ipc'))).mode & 0o077, 0, 'the socket is for its owner only')
    const listening = execFileSync('ss', ['-Hltnp'], { encoding: 'utf8' })
      .split('\n')
      .filter((line) => line.includes(`pid=${node.pid},`))
    t.ok(listening.length > 0)
    for (const line of listening) t.match(line, /\s127\.0\.0\.1:\d+\s/, 'loopback only')
    t.match(await readFile(`/proc/${node.pid}/status`, 'utf8'), /NoNewPrivs:\s+1/)
  })

  await t.test('killed, it comes back, has lost nothing, and seals again', async (t) => {
    for (let kill = 0; kill < 3; kill++) {
      const { pid } = node
      const before = chain.head
      process.kill(pid, 'SIGKILL')
      await until('geth runs again', async () => chain.pid !== undefined && chain.pid !== pid)
      await until('blocks come again', async () => chain.head.number > before.number + 1)
      const held = await chain.request({
        method: 'eth_getBlockByNumber',
        params: [`0x${before.number.toString(16)}`, false],
      })
      t.match(held, { hash: before.hash }, `block ${before.number}`)
    }
    t.same(node.faults, [])
  })

  await t.test('a chain that lacks what was final is not sealed on', async (t) => {
    await node.stop()
    const path = join(dir, 'final-block.json')
    const pinned = await new FinalPin({ path }).read()
    const later = { ...pinned, number: (pinned?.number ?? 0) + 1_000 }
    await writeFile(path, JSON.stringify(later))
    await t.rejects(node.start(), { code: 'FINAL_BLOCK_DIFFERS', message: /docs\/chain\.md/ })
    await node.stop()
    await writeFile(path, JSON.stringify({ ...pinned, hash: `0x${'ab'.repeat(32)}` }))
    await t.rejects(node.start(), { code: 'FINAL_BLOCK_DIFFERS', message: /another one/ })
    await node.stop()
    await writeFile(path, JSON.stringify(pinned))
    const again = await node.start()
    const { number } = again.head
    await until('blocks come again', async () => again.head.number > number)
    t.ok(number >= (pinned?.number ?? Infinity))
  })
})
