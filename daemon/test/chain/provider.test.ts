import { verifyMerkleProof } from '@ethereumjs/mpt'
import { RLP } from '@ethereumjs/rlp'
import { Account, createAddressFromString, hexToBytes } from '@ethereumjs/util'
import {
  type Contract,
  getCreateAddress,
  id,
  JsonRpcProvider,
  keccak256,
  toBeHex,
  zeroPadValue,
} from 'ethers'
import { pino } from 'pino'
import t from 'tap'
import { openEmbeddedChain } from '../../src/chain/embedded/engine.ts'
import { RICH, richWallet, SIGNER, SIGNER_KEY, testGenesis } from './support/genesis.ts'
import { ledgerAt, ledgerDeployment, ledgerInterface } from './support/ledger.ts'
import { post, rpc } from './support/rpc-client.ts'
import { scratchDir } from './support/scratch.ts'

const chain = await openEmbeddedChain(
  {
    dir: scratchDir(t),
    genesis: testGenesis(),
    signerKey: SIGNER_KEY,
    rpc: { host: '127.0.0.1', port: 0 },
  },
  { log: pino({ level: 'silent' }), onFault: (cause) => t.fail('the engine ended', { cause }) },
)
const provider = new JsonRpcProvider(chain.rpcUrl)
provider.pollingInterval = 100
t.teardown(async () => {
  provider.destroy()
  await chain.stop()
})
const wallet = richWallet(0).connect(provider)
const deployed = await (await wallet.sendTransaction(await ledgerDeployment())).wait()
const ledgerAddress = getCreateAddress({ from: wallet.address, nonce: 0 })
const ledger = ledgerAt(ledgerAddress, provider).connect(wallet) as Contract
const key = id('a key')

t.test('a contract is deployed and its receipt names it', async (t) => {
  t.equal(deployed?.contractAddress, ledgerAddress)
  t.equal(deployed?.status, 1)
  t.not(await provider.getCode(ledgerAddress), '0x')
  t.equal((await provider.getNetwork()).chainId, 424_242n)
})

t.test('a fee market transaction changes state, and its log is found by every kind of filter', async (t) => {
  const sent = await ledger.getFunction('store')(key, 77)
  const receipt = await sent.wait()
  t.equal(sent.type, 2)
  t.equal(await ledger.getFunction('valueOf')(key), 77n)
  t.equal(await provider.getStorage(ledgerAddress, 1), zeroPadValue(toBeHex(1), 32), 'count is slot 1')

  const stored = ledgerInterface.getEvent('Stored')?.topicHash ?? ''
  const by = zeroPadValue(wallet.address, 32)
  const range = { fromBlock: 0, toBlock: 'latest' }
  const matching = [
    { ...range, address: ledgerAddress },
    { ...range, topics: [stored] },
    { ...range, topics: [stored, key, by] },
    { ...range, topics: [null, null, by] },
    {
      ...range,
      topics: [
        [id('nothing'), stored],
        [id('no key'), key],
      ],
    },
    { address: [RICH[1] ?? '', ledgerAddress], blockHash: receipt.blockHash },
    { fromBlock: receipt.blockNumber, toBlock: receipt.blockNumber },
  ]
  for (const filter of matching) {
    const logs = await provider.getLogs(filter)
    t.same(
      logs.map(({ transactionHash, index }) => [transactionHash, index]),
      [[sent.hash, 0]],
      JSON.stringify(filter),
    )
  }
  const missing = [
    { ...range, address: RICH[1] ?? '' },
    { ...range, topics: [stored, by] },
    { ...range, topics: [stored, key, by, null] },
    { ...range, address: ledgerAddress, topics: [id('Cleared(bytes32)')] },
    { fromBlock: 0, toBlock: receipt.blockNumber - 1 },
  ]
  for (const filter of missing) t.same(await provider.getLogs(filter), [], JSON.stringify(filter))
  t.equal((await ledger.queryFilter('Stored')).length, 1)
  await t.rejects(provider.getLogs({ blockHash: id('no block') }), /unknown block/)
})

t.test('an event reaches a listener of an unmodified ethers contract', async (t) => {
  let hear: (number: bigint) => void = () => {}
  const heard = new Promise<bigint>((resolve) => {
    hear = resolve
  })
  await ledger.once('Plain', (number: bigint) => hear(number))
  await (await ledger.getFunction('storeMany')(id('many'), 3)).wait()
  t.equal(await heard, 3n)
})

t.test('blocks are read by number, hash and tag, with and without transactions', async (t) => {
  const sent = await wallet.sendTransaction({ to: RICH[2] ?? '', value: 5n, type: 0 })
  const receipt = await sent.wait()
  const byNumber = await provider.getBlock(receipt?.blockNumber ?? 0, true)
  const byHash = await provider.getBlock(receipt?.blockHash ?? '')
  t.equal(byNumber?.hash, byHash?.hash)
  t.same(byHash?.transactions, [sent.hash])
  t.equal(byNumber?.prefetchedTransactions[0]?.value, 5n)
  t.equal(byNumber?.prefetchedTransactions[0]?.from, wallet.address)
  t.equal((await sent.getTransaction())?.blockNumber, receipt?.blockNumber)
  for (const tag of ['latest', 'safe', 'finalized', 'earliest']) t.ok(await provider.getBlock(tag), tag)
  t.equal((await provider.getBlock('earliest'))?.hash, chain.info.genesisHash)
  t.equal(await provider.getBlock(10_000_000), null)

  const header = await rpc(chain.rpcUrl, 'debug_getRawHeader', byHash?.hash && { blockHash: byHash.hash })
  t.equal(keccak256(String(header.result)), byHash?.hash, 'the raw header hashes to the block')
  const receipts = await rpc(chain.rpcUrl, 'eth_getBlockReceipts', toBeHex(receipt?.blockNumber ?? 0))
  t.match(receipts.result, [{ transactionHash: sent.hash, status: '0x1', gasUsed: '0x5208' }])
})

t.test('fees are suggested, and history has one more base fee than blocks', async (t) => {
  const fees = await provider.getFeeData()
  t.equal(fees.maxPriorityFeePerGas, 1_000_000_000n)
  t.ok((fees.maxFeePerGas ?? 0n) > (fees.maxPriorityFeePerGas ?? 0n))
  const { result } = await rpc(chain.rpcUrl, 'eth_feeHistory', '0x4', 'latest', [0, 50, 100])
  const history = result as { baseFeePerGas: string[]; gasUsedRatio: number[]; reward: string[][] }
  t.equal(history.baseFeePerGas.length, 5)
  t.equal(history.gasUsedRatio.length, 4)
  t.ok(history.reward.every((rewards) => rewards.length === 3))
})

t.test('a call that reverts says why, as geth does', async (t) => {
  const call = (method: string, args: unknown[]) =>
    rpc(
      chain.rpcUrl,
      'eth_call',
      { to: ledgerAddress, data: ledgerInterface.encodeFunctionData(method, args) },
      'latest',
    )
  const refused = await call('refuse', [42])
  t.match(refused.error, {
    code: 3,
    message: 'execution reverted',
    data: ledgerInterface.encodeErrorResult('Refused', [42]),
  })
  t.match((await call('refuseWithText', [])).error, { code: 3, message: 'execution reverted: not today' })
  t.match((await call('panic', [0])).error, { code: 3, message: 'execution reverted' })
  t.match((await call('burn', [])).error, { code: -32000, message: 'out of gas' })
  await t.rejects(ledger.getFunction('refuse').staticCall(42), {
    code: 'CALL_EXCEPTION',
    revert: { name: 'Refused' },
  })
  await t.rejects(ledger.getFunction('refuse').estimateGas(42), { code: 'CALL_EXCEPTION' })
  t.equal(await ledger.getFunction('panic')(5), 0n)
})

t.test('an estimate is enough, and hardly more than needed', async (t) => {
  t.equal(await wallet.estimateGas({ to: RICH[3] ?? '', value: 1n }), 21_000n)
  const calls: [string, unknown[]][] = [
    ['store', [id('new key'), 1]],
    ['clear', [key]],
    ['spawn', [id('salt'), true]],
    ['storeMany', [id('more'), 9]],
  ]
  for (const [method, args] of calls) {
    const gasLimit = await ledger.getFunction(method).estimateGas(...args)
    const receipt = await (await ledger.getFunction(method)(...args, { gasLimit })).wait()
    t.equal(receipt.status, 1, `${method} succeeds with its estimate of ${gasLimit}`)
  }
})

t.test(
  'a proof verifies against the header alone, for values, for absent slots and for absent accounts',
  async (t) => {
    const block = await provider.getBlock('latest')
    const slot = keccak256(`${key}${'00'.repeat(32)}`)
    const at = toBeHex(block?.number ?? 0)
    for (const [address, slots] of [
      [ledgerAddress, ['0x1', slot, id('empty')]],
      [`0x${'99'.repeat(20)}`, [slot]],
    ] as const) {
      const { result } = await rpc(chain.rpcUrl, 'eth_getProof', address, slots, at)
      const proof = result as Eip1186
      const stateRoot = hexToBytes(block?.stateRoot as `0x${string}`)
      const leaf = await verified(stateRoot, createAddressFromString(address).bytes, proof.accountProof)
      const account = new Account(
        BigInt(proof.nonce),
        BigInt(proof.balance),
        hexToBytes(proof.storageHash),
        hexToBytes(proof.codeHash),
      )
      t.same(leaf, address === ledgerAddress ? account.serialize() : null, 'the account leaf')
      for (const { key: asked, value, proof: nodes } of proof.storageProof) {
        const held = await verified(
          hexToBytes(proof.storageHash),
          hexToBytes(zeroPadValue(toBeHex(BigInt(asked)), 32) as `0x${string}`),
          nodes,
        )
        t.equal(
          held === null
            ? 0n
            : BigInt(toBeHex(BigInt(`0x${Buffer.from(RLP.decode(held) as Uint8Array).toString('hex')}`))),
          BigInt(value),
          `slot ${asked}`,
        )
      }
      t.equal(proof.storageProof.length, slots.length)
    }
  },
)

t.test('the past can be asked: state, calls and proofs at an old block', async (t) => {
  const before = await provider.getBlockNumber()
  const balance = await provider.getBalance(RICH[4] ?? '', before)
  await (await wallet.sendTransaction({ to: RICH[4] ?? '', value: 1_000n })).wait()
  await (await ledger.getFunction('store')(key, 78)).wait()
  t.equal(await provider.getBalance(RICH[4] ?? ''), balance + 1_000n)
  t.equal(await provider.getBalance(RICH[4] ?? '', before), balance)
  t.equal(await ledger.getFunction('valueOf')(key), 78n)
  t.equal(await ledger.getFunction('valueOf')(key, { blockTag: before }), 0n, 'cleared back then')
  t.equal(await provider.getBalance(wallet.address, 0), 10n ** 24n)
  await t.rejects(provider.getBalance(RICH[4] ?? '', 10_000_000), /header not found/)
})

t.test('a tip reaches the signer', async (t) => {
  const before = await provider.getBalance(SIGNER)
  const sent = await wallet.sendTransaction({
    to: RICH[5] ?? '',
    maxPriorityFeePerGas: 3n,
    maxFeePerGas: 10n ** 10n,
  })
  await sent.wait()
  t.equal((await provider.getBalance(SIGNER)) - before, 3n * 21_000n)
})

t.test('pending nonces count what waits', async (t) => {
  const nonce = await wallet.getNonce()
  const first = await wallet.sendTransaction({ to: RICH[6] ?? '' })
  // Not through the provider, which answers from its own cache for a while.
  const pending = await rpc(chain.rpcUrl, 'eth_getTransactionCount', wallet.address, 'pending')
  const waiting = await rpc(chain.rpcUrl, 'eth_getTransactionByHash', first.hash)
  t.equal(Number(pending.result), nonce + 1)
  t.match(waiting.result, { hash: first.hash })
  await first.wait()
})

t.test('the clique methods answer, and votes are refused by name', async (t) => {
  t.same((await rpc(chain.rpcUrl, 'clique_getSigners')).result, [SIGNER.toLowerCase()])
  t.match((await rpc(chain.rpcUrl, 'clique_getSnapshot', 'latest')).result, {
    signers: { [SIGNER.toLowerCase()]: {} },
  })
  t.match((await rpc(chain.rpcUrl, 'clique_status')).result, { inturnPercent: 100 })
  t.equal((await rpc(chain.rpcUrl, 'clique_getSigner', 'latest')).result, SIGNER.toLowerCase())
  t.match((await rpc(chain.rpcUrl, 'clique_propose', SIGNER, true)).error, {
    code: -32000,
    message: /single signer/,
  })
})

t.test('the main thread asks the same methods without HTTP', async (t) => {
  t.equal(await chain.request({ method: 'eth_chainId' }), '0x67932')
  t.match(await chain.request({ method: 'eth_getBlockByNumber', params: ['latest', false] }), {
    miner: `0x${'00'.repeat(20)}`,
  })
  await t.rejects(chain.request({ method: 'eth_nothing' }), { name: 'RpcError', code: -32601 })
  await t.rejects(chain.request({ method: 'eth_getBalance', params: ['0x12'] }), { code: -32602 })
})

t.test('the HTTP door refuses what a browser page could send, and what is malformed', async (t) => {
  const call = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'eth_chainId', params: [] })
  const json = { 'content-type': 'application/json' }
  t.equal((await post(chain.rpcUrl, call)).status, 200)
  t.equal((await post(chain.rpcUrl, call, { 'content-type': 'text/plain' })).status, 415)
  t.equal((await post(chain.rpcUrl.replace('127.0.0.1', 'localhost'), call)).status, 200)
  t.equal(await statusWithHost('evil.example'), 403)
  t.equal((await fetch(chain.rpcUrl)).status, 405)
  t.equal(
    (await post(chain.rpcUrl, ' '.repeat(5 * 1024 * 1024), json).catch(() => ({ status: 413 }))).status,
    413,
  )
  t.match((await post(chain.rpcUrl, '{')).text, /-32700/)
  t.match((await post(chain.rpcUrl, '[]')).text, /-32600/)
  t.match((await post(chain.rpcUrl, '{"jsonrpc":"2.0","id":1,"method":"constructor"}')).text, /-32601/)
  t.equal((await post(chain.rpcUrl, '{"jsonrpc":"2.0","method":"eth_chainId"}')).status, 204)
  const batch = JSON.parse((await post(chain.rpcUrl, `[${call},${call},7]`)).text) as unknown[]
  t.match(batch, [{ result: '0x67932' }, { result: '0x67932' }, { error: { code: -32600 } }])
})

interface Eip1186 {
  accountProof: `0x${string}`[]
  balance: string
  nonce: string
  codeHash: `0x${string}`
  storageHash: `0x${string}`
  storageProof: { key: string; value: string; proof: `0x${string}`[] }[]
}

async function verified(root: Uint8Array, path: Uint8Array, nodes: readonly `0x${string}`[]) {
  const first = nodes[0]
  if (first === undefined) return null
  if (keccak256(first) !== `0x${Buffer.from(root).toString('hex')}`)
    throw new Error('the proof has another root')
  return verifyMerkleProof(
    path,
    nodes.map((node) => hexToBytes(node)),
    { useKeyHashing: true, root },
  )
}

/** fetch sets Host itself. */
async function statusWithHost(host: string): Promise<number> {
  const { request } = await import('node:http')
  return new Promise((resolve, reject) => {
    const sent = request(
      chain.rpcUrl,
      { method: 'POST', headers: { host, 'content-type': 'application/json' } },
      (response) => {
        response.resume()
        resolve(response.statusCode ?? 0)
      },
    )
    sent.once('error', reject)
    sent.end('{}')
  })
}
