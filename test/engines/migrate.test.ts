import { mkdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { abi as anchorAbi } from '@hygeia/contracts/anchor'
import { gethFolder } from '@hygeia/daemon/chain/geth/folder'
import { runGeth } from '@hygeia/daemon/chain/geth/prepare'
import { HttpTransport } from '@hygeia/daemon/chain/json-rpc/http'
import { findEngine } from '@hygeia/daemon/engines/engines'
import { readKeys } from '@hygeia/daemon/init/keys'
import { Interface } from 'ethers'
import t from 'tap'
import { DAEMON, HospitalProcess } from '../support/hospital.ts'
import { outcomeOf, runToEnd } from '../support/process.ts'
import { testFolder } from '../support/scene.ts'
import { until } from '../support/until.ts'
import { planOf } from './support/contract-calls.ts'
import { sealLongChain } from './support/long-chain.ts'

const BLOCKS = 2_000
const EPOCH = 600
const PERIOD_SEC = 1

t.setTimeout(600_000)

t.test('a chain that the embedded engine began is carried on by geth', async (t) => {
  const folder = await testFolder(t)
  const dir = join(folder, 'hospital')
  const hospital = await HospitalProcess.init({ dir, periodSec: PERIOD_SEC, epoch: EPOCH, logLevel: 'info' })
  const chain = await sealLongChain({ dir, blocks: BLOCKS, periodSec: PERIOD_SEC })
  t.comment(`${chain.head.number} blocks, ${chain.calls.length} kinds of calls, ${chain.anchors} anchors`)
  const keys = await readKeys(join(dir, 'keys'))
  const config = ['--config', hospital.configFile]
  const binary = await findEngine('geth', process.env)

  await t.test('it is worth importing', async (t) => {
    t.ok(chain.head.number >= BLOCKS)
    t.ok(Math.floor(chain.head.number / EPOCH) >= 3, 'three epochs')
    for (const { what, receipt, isRefused } of chain.calls)
      t.equal(receipt.status, isRefused ? '0x0' : '0x1', what)
  })

  await t.test('geth itself imports what "chain export" writes', async (t) => {
    const file = join(folder, 'chain.rlp')
    const told = await runToEnd(DAEMON, ['chain', 'export', file, ...config])
    t.match(told, chain.head.hash)
    const own = gethFolder(join(folder, 'geth'))
    await mkdir(own.dir)
    await runGeth(binary, own, ['init', join(dir, 'keys', 'genesis.json')])
    const said = await runGeth(binary, own, ['import', '--syncmode', 'full', '--gcmode', 'archive', file])
    t.match(said, new RegExp(`Imported new chain segment +number=${chain.head.number}\\b`))
    t.notMatch(said, /BAD BLOCK|Import error/)
    const damaged = await readFile(file)
    const at = damaged.length >> 1
    damaged[at] = (damaged[at] ?? 0) ^ 1
    await writeFile(`${file}.damaged`, damaged)
    const other = gethFolder(join(folder, 'geth-damaged'))
    await mkdir(other.dir)
    await runGeth(binary, other, ['init', join(dir, 'keys', 'genesis.json')])
    const importing = ['import', '--syncmode', 'full', '--gcmode', 'archive', `${file}.damaged`]
    await t.rejects(
      runGeth(binary, other, importing),
      { code: 'GETH_FAILED' },
      'one bit less and it would not',
    )
  })

  await t.test('while the daemon runs there is no migration, and export works', async (t) => {
    await hospital.start()
    const refused = await outcomeOf(DAEMON, ['chain', 'migrate', '--engine', 'geth', ...config])
    t.equal(refused.code, 1)
    t.match(refused.stderr, /another process holds the chain/)
    t.match(await runToEnd(DAEMON, ['chain', 'export', join(folder, 'live.rlp'), ...config]), /blocks 0 to/)
    t.ok((await stat(join(folder, 'live.rlp'))).size >= (await stat(join(folder, 'chain.rlp'))).size)
    const votes = await outcomeOf(DAEMON, ['validators', 'propose', `0x${'11'.repeat(20)}`, ...config])
    t.match(votes.stderr, /takes no votes/)
    await hospital.stop()
  })

  const migrated = await runToEnd(DAEMON, ['chain', 'migrate', '--engine', 'geth', ...config])
  t.match(migrated, /geth carries on from block/)
  const from = Number(/from block (\d+)/.exec(migrated)?.[1])
  t.ok(from >= chain.head.number)

  await hospital.start()
  t.teardown(() => hospital.kill())
  const rpc = new HttpTransport({ url: hospital.endpoints.rpc })
  const ask = async (method: string, ...params: unknown[]) => await rpc.call(method, params)

  await t.test('the daemon goes on: same validator, same addresses, same history', async (t) => {
    t.match(await ask('web3_clientVersion'), /^Geth\/v1\.13\.15/)
    const height = Number(await ask('eth_blockNumber'))
    await until('blocks come', async () => Number(await ask('eth_blockNumber')) > Math.max(height, from) + 2)
    t.match(await ask('eth_getBlockByNumber', `0x${chain.head.number.toString(16)}`, false), {
      hash: chain.head.hash,
    })
    t.same(await ask('clique_getSigners', 'latest'), [keys.accounts.validator.signer.address])
    t.equal(
      await ask('clique_getSigner', await ask('eth_blockNumber')),
      keys.accounts.validator.signer.address,
    )
    for (const { what, receipt } of chain.calls) {
      t.match(await ask('eth_getTransactionReceipt', receipt.transactionHash), receipt, what)
    }
    const block0 = (await ask('eth_getBlockByNumber', '0x0', false)) as { hash: string }
    const { anchor } = planOf(keys, block0.hash)
    const contract = new Interface(anchorAbi)
    const data = contract.encodeFunctionData('anchorOf', [0, chain.lastRoot])
    const held = await ask('eth_call', { to: anchor.address, data }, 'latest')
    t.ok(contract.decodeFunctionResult('anchorOf', String(held))[1] > 0n, 'the state is there')
    const status = JSON.parse(await runToEnd(DAEMON, ['status', '--json', ...config])) as { chain: unknown }
    t.match(status.chain, { engine: 'geth', signers: 1 })
    t.match(
      await runToEnd(DAEMON, ['validators', 'list', ...config]),
      /1 validators.*\n0x[0-9a-f]{40} {2}sealed \d+ of/,
    )
  })

  await t.test('a second migration is refused, and the old chain is kept', async (t) => {
    await hospital.stop()
    const again = await outcomeOf(DAEMON, ['chain', 'migrate', '--engine', 'geth', ...config])
    t.match(again.stderr, /on the engine geth already/)
    t.ok((await stat(join(dir, 'data', 'chain-until-geth'))).isDirectory())
    await t.rejects(stat(join(dir, 'data', 'chain')), { code: 'ENOENT' })
  })
})
