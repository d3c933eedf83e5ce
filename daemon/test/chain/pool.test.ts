import {
  Wallet as EthersWallet,
  hexlify,
  keccak256,
  Transaction,
  type TransactionLike,
  type Wallet,
} from 'ethers'
import t, { type Test } from 'tap'
import type { PoolLimits } from '../../src/chain/embedded/pool/pool.ts'
import { RICH, richWallet, testKey } from './support/genesis.ts'
import { scratchDir } from './support/scratch.ts'
import { type SimulatedChain, simulatedChain } from './support/validator.ts'

const GWEI = 10n ** 9n
const PERIOD_MS = 5_000

t.test("the words of a refusal are geth's", async (t) => {
  const chain = await opened(t)
  const alice = richWallet(0)
  const pauper = new EthersWallet(hexlify(testKey(0x77)))
  const good = await signed(alice, {})
  await send(chain, good)

  const refusals: [string, string | Promise<string>, RegExp][] = [
    ['sent twice', good, /^already known$/],
    ['no money', signed(pauper, {}), /^insufficient funds for gas \* price \+ value: balance 0, /],
    ['too much value', signed(alice, { nonce: 1, value: 10n ** 25n }), /^insufficient funds/],
    ['more gas than a block', signed(alice, { nonce: 1, gasLimit: 4_700_001 }), /^exceeds block gas limit$/],
    [
      'too little gas',
      signed(alice, { nonce: 1, gasLimit: 20_999 }),
      /^intrinsic gas too low: gas 20999, minimum needed 21000$/,
    ],
    ['another chain', signed(alice, { nonce: 1, chainId: 5 }), /^invalid chain id for signer/],
    [
      'another chain, legacy',
      signed(alice, { nonce: 1, chainId: 5, type: 0, gasPrice: GWEI }),
      /^invalid chain id for signer/,
    ],
    ['tip over fee', rawTip(alice), /^max priority fee per gas higher than max fee per gas/],
    ['no chain id', unprotected(alice), /^only replay-protected \(EIP-155\)/],
    ['a blob', '0x03c0', /^transaction type not supported$/],
    ['rubbish', '0x02c0', /^rlp: /],
    ['too large', `0x02${'00'.repeat(131_072)}`, /^oversized data/],
    ['high s', highS(good), /^invalid sender$/],
  ]
  for (const [name, raw, message] of refusals) {
    await t.rejects(send(chain, await raw), { code: -32000, message }, name)
  }
  await chain.clock.pass(PERIOD_MS)
  await t.rejects(send(chain, good), { message: 'nonce too low: next nonce 1, tx nonce 0' })
})

t.test('a replacement must bid a tenth more on both fees', async (t) => {
  const chain = await opened(t)
  const alice = richWallet(0)
  const bid = (maxFeePerGas: bigint, maxPriorityFeePerGas: bigint) =>
    signed(alice, { maxFeePerGas, maxPriorityFeePerGas })
  await send(chain, await bid(100n * GWEI, 10n * GWEI))
  const underpriced = { message: 'replacement transaction underpriced' }
  await t.rejects(send(chain, await bid(200n * GWEI, 10n * GWEI)), underpriced)
  await t.rejects(send(chain, await bid(109n * GWEI, 11n * GWEI)), underpriced)
  await t.rejects(send(chain, await bid(100n * GWEI, 50n * GWEI)), underpriced)
  const winner = await bid(110n * GWEI, 11n * GWEI)
  await send(chain, winner)
  await chain.clock.pass(PERIOD_MS)
  t.same(await blockTxs(chain), [keccak256(winner)], 'only the replacement is included')
})

t.test(
  'a block takes the best tips first, each account in order of its nonces, and leaves gaps waiting',
  async (t) => {
    const chain = await opened(t)
    const [alice, bob, carol] = [richWallet(0), richWallet(1), richWallet(2)]
    const tip = (wei: bigint) => ({ maxFeePerGas: 100n * GWEI, maxPriorityFeePerGas: wei })
    const aliceLow = await signed(alice, { nonce: 0, ...tip(1n) })
    const aliceHigh = await signed(alice, { nonce: 1, ...tip(9n * GWEI) })
    const bobMiddle = await signed(bob, { nonce: 0, ...tip(5n) })
    const carolFirst = await signed(carol, { nonce: 0, type: 0, gasPrice: 50n * GWEI })
    const bobGap = await signed(bob, { nonce: 2, ...tip(99n * GWEI) })
    for (const raw of [aliceHigh, bobGap, aliceLow, bobMiddle, carolFirst]) await send(chain, raw)
    await chain.clock.pass(PERIOD_MS)
    t.same(await blockTxs(chain), [carolFirst, bobMiddle, aliceLow, aliceHigh].map(keccak256))

    await send(chain, await signed(bob, { nonce: 1, ...tip(1n) }))
    await chain.clock.pass(PERIOD_MS)
    t.equal((await blockTxs(chain)).length, 2, 'the gap is closed')
  },
)

t.test('a fee cap under the base fee waits until the base fee has fallen', async (t) => {
  const chain = await opened(t)
  const raw = await signed(richWallet(0), { maxFeePerGas: GWEI / 2n, maxPriorityFeePerGas: 1n })
  await send(chain, raw)
  await chain.clock.pass(PERIOD_MS)
  t.same(await blockTxs(chain), [])
  // An eighth less for every empty block.
  await chain.clock.pass(8 * PERIOD_MS)
  t.match(await chain.validator.call('eth_getTransactionReceipt', [keccak256(raw)]), { status: '0x1' })
})

t.test('a full block honours the gas limit, and the rest comes in the next one', async (t) => {
  const chain = await opened(t)
  const count = 250
  const fits = Math.floor(4_700_000 / 21_000)
  for (let nonce = 0; nonce < count; nonce++) await send(chain, await signed(richWallet(0), { nonce }))
  await chain.clock.pass(PERIOD_MS)
  t.equal((await blockTxs(chain)).length, fits)
  await chain.clock.pass(PERIOD_MS)
  t.equal((await blockTxs(chain)).length, count - fits)
})

t.test('the pool is bounded: a better tip pushes the cheapest out, a worse one is refused', async (t) => {
  const chain = await opened(t, { maxTxs: 20, maxTxsPerSender: 10 })
  const tip = (wei: bigint) => ({ maxFeePerGas: 100n * GWEI, maxPriorityFeePerGas: wei })
  for (let nonce = 0; nonce < 10; nonce++) {
    await send(chain, await signed(richWallet(0), { nonce, ...tip(5n) }))
    await send(chain, await signed(richWallet(1), { nonce, ...tip(7n) }))
  }
  await t.rejects(
    send(chain, await signed(richWallet(0), { nonce: 10, ...tip(9n) })),
    /account limit exceeded/,
  )
  await t.rejects(send(chain, await signed(richWallet(2), { ...tip(5n) })), { message: 'txpool is full' })
  const better = await signed(richWallet(2), { ...tip(6n) })
  await send(chain, better)
  t.same(await chain.validator.call('txpool_status', []), { pending: '0x14', queued: '0x0' })
  t.equal(
    await chain.validator.call('eth_getTransactionCount', [RICH[0], 'pending']),
    '0x9',
    'its last one went',
  )
  await chain.clock.pass(PERIOD_MS)
  t.ok((await blockTxs(chain)).includes(keccak256(better)))
})

t.test('what an account has waiting must be affordable together', async (t) => {
  const chain = await opened(t)
  const half = 6n * 10n ** 23n
  await send(chain, await signed(richWallet(0), { nonce: 0, value: half }))
  await t.rejects(send(chain, await signed(richWallet(0), { nonce: 1, value: half })), /queued cost/)
})

t.test('one that became unaffordable is dropped, not sealed and not kept for ever', async (t) => {
  const chain = await opened(t)
  const alice = richWallet(0)
  const poor = new EthersWallet(hexlify(testKey(0x78)))
  await send(chain, await signed(alice, { to: poor.address, value: 10n ** 15n }))
  await chain.clock.pass(PERIOD_MS)
  const balance = 10n ** 15n
  const gas = 21_000n * 30n * GWEI
  const first = await signed(poor, {
    nonce: 0,
    value: balance - gas,
    maxFeePerGas: 30n * GWEI,
    maxPriorityFeePerGas: 0n,
  })
  await send(chain, first)
  await chain.clock.pass(PERIOD_MS)
  t.same(await blockTxs(chain), [keccak256(first)])
  const left = BigInt(String(await chain.validator.call('eth_getBalance', [poor.address])))
  t.ok(left > 0n && left < gas)
  await t.rejects(
    send(chain, await signed(poor, { nonce: 1, maxFeePerGas: 30n * GWEI })),
    /insufficient funds/,
  )
})

async function opened(t: Test, pool: Partial<PoolLimits> = {}): Promise<SimulatedChain> {
  const chain = await simulatedChain({ dir: scratchDir(t), pool })
  t.teardown(() => chain.validator.stop())
  // Past the first block, which is due at once.
  await chain.clock.pass(1_000)
  return chain
}

function signed(wallet: Wallet, fields: TransactionLike): Promise<string> {
  const isLegacy = fields.type === 0
  return wallet.signTransaction({
    type: 2,
    chainId: 424_242,
    nonce: 0,
    gasLimit: 21_000,
    to: RICH[9] ?? '',
    ...(!isLegacy && { maxFeePerGas: 100n * GWEI, maxPriorityFeePerGas: GWEI }),
    ...fields,
  } as TransactionLike<string>)
}

/** ethers refuses to sign it, so the fields are put around a signature of something else. */
function rawTip(wallet: Wallet): string {
  const tx = Transaction.from({
    type: 2,
    chainId: 424_242,
    nonce: 1,
    gasLimit: 21_000,
    to: RICH[9] ?? '',
    maxFeePerGas: 1n,
    maxPriorityFeePerGas: 1n,
  })
  tx.signature = wallet.signingKey.sign(tx.unsignedHash)
  return tx.serialized.replace(/^(0x02f8..83067932)0101(.*)$/, '$10102$2').replace('01010182', '01010282')
}

function unprotected(wallet: Wallet): string {
  const tx = Transaction.from({ type: 0, nonce: 1, gasLimit: 21_000, gasPrice: GWEI, to: RICH[9] ?? '' })
  tx.signature = wallet.signingKey.sign(tx.unsignedHash)
  return tx.serialized
}

function highS(raw: string): string {
  const tx = Transaction.from(raw)
  const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n
  const s = BigInt(tx.signature?.s ?? 0)
  const flipped = (order - s).toString(16).padStart(64, '0')
  return raw.replace(s.toString(16).padStart(64, '0'), flipped)
}

async function send({ validator }: SimulatedChain, raw: string): Promise<unknown> {
  return validator.call('eth_sendRawTransaction', [raw])
}

async function blockTxs({ validator }: SimulatedChain): Promise<readonly string[]> {
  const block = (await validator.call('eth_getBlockByNumber', ['latest', false])) as {
    transactions: string[]
  }
  return block.transactions
}
