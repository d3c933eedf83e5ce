import { setTimeout as delay } from 'node:timers/promises'
import { createMPT } from '@ethereumjs/mpt'
import { RLP } from '@ethereumjs/rlp'
import { concat, getBytes, hexlify, keccak256, toBeHex, toQuantity } from 'ethers'
import t from 'tap'
import { Anvil } from './support/anvil.ts'
import { ChainProcess } from './support/chain-process.ts'
import { RICH, SIGNER, testGenesis } from './support/genesis.ts'
import { LEDGER, Load } from './support/load.ts'
import { rpc } from './support/rpc-client.ts'
import { scratchDir } from './support/scratch.ts'
import { SecondOpinion } from './support/second-opinion.ts'

const EPOCH = 5
const BLOCKS_BEFORE_KILL = 6
const BLOCKS_AFTER_KILL = 6

/*
 * One chain, sealed under load with a kill -9 in the middle and epoch blocks on both sides of it; then two others are
 * asked what they think of it.
 */
const dir = scratchDir(t)
const genesis = testGenesis({ epoch: EPOCH })
const load = new Load()

let chain = await ChainProcess.start({ dir, epoch: EPOCH })
t.teardown(() => chain.stop())
await load.deploy(chain.rpcUrl)
await sealUnderLoad(BLOCKS_BEFORE_KILL)
const beforeKill = chain.heads
await chain.kill()
chain = await ChainProcess.start({ dir, epoch: EPOCH })
await load.resume(chain.rpcUrl)
const killedAt = Math.max(...beforeKill.keys())
await sealUnderLoad(BLOCKS_AFTER_KILL)
const height = Number(await ask('eth_blockNumber'))
const blocks = await Promise.all(Array.from({ length: height + 1 }, (_, number) => blockAt(number)))
const receipts = await Promise.all(
  blocks.map(async ({ number }) => (await ask('eth_getBlockReceipts', number)) as Receipt[]),
)

t.test('the load is worth comparing', async (t) => {
  t.ok(height >= BLOCKS_BEFORE_KILL + BLOCKS_AFTER_KILL, `${height} blocks`)
  t.ok(killedAt > EPOCH && killedAt < height - EPOCH, 'an epoch on each side of the kill')
  const all = receipts.flat()
  t.ok(all.length > 60, `${all.length} transactions`)
  t.same([...new Set(all.map(({ type }) => type))].sort(), ['0x0', '0x1', '0x2'])
  t.same([...new Set(all.map(({ status }) => status))].sort(), ['0x0', '0x1'])
})

t.test('no block that was seen before the kill is another one after it', async (t) => {
  for (const [number, hash] of beforeKill) t.equal(blocks[number]?.hash, hash, `block ${number}`)
})

t.test('a stock node validates every seal, header, transaction, receipt and state root', async (t) => {
  const second = await SecondOpinion.of(genesis)
  t.equal(second.genesisHash, blocks[0]?.hash, 'the genesis')
  for (const { number, hash } of blocks.slice(1)) {
    const raw = await ask('debug_getRawBlock', number)
    t.equal(await second.accept(String(raw)), hash, `block ${Number(number)}`)
  }
  const damaged = String(await ask('debug_getRawBlock', 'latest')).replace(/(..)$/, 'ff')
  await t.rejects(second.accept(damaged), 'it would have refused')
})

t.test('anvil comes to the same receipts, logs, balances and storage', async (t) => {
  const anvil = await Anvil.start(genesis, { dir })
  t.teardown(() => anvil.stop())
  await anvil.ask('anvil_setCoinbase', SIGNER)
  await anvil.ask('evm_setBlockGasLimit', genesis.gasLimit)
  for (const block of blocks.slice(1)) {
    for (const hash of block.transactions) {
      await anvil.ask('eth_sendRawTransaction', await ask('debug_getRawTransaction', hash))
    }
    await anvil.ask('anvil_setNextBlockBaseFeePerGas', block.baseFeePerGas)
    await anvil.ask('evm_setNextBlockTimestamp', Number(block.timestamp))
    await anvil.ask('evm_mine')
    const theirs = (await anvil.ask('eth_getBlockReceipts', block.number)) as Receipt[]
    t.same(
      theirs.map(comparable),
      (receipts[Number(block.number)] ?? []).map(comparable),
      `block ${Number(block.number)}`,
    )
  }
  const touched = new Set([
    SIGNER.toLowerCase(),
    LEDGER.toLowerCase(),
    ...RICH.map((address) => address.toLowerCase()),
  ])
  for (const { to, contractAddress } of receipts.flat()) {
    for (const address of [to, contractAddress]) if (address) touched.add(address)
  }
  for (const address of touched) {
    for (const method of ['eth_getBalance', 'eth_getTransactionCount', 'eth_getCode']) {
      t.equal(
        await anvil.ask(method, address, 'latest'),
        await askAt(method, address),
        `${method} ${address}`,
      )
    }
  }
  const { storageHash } = (await ask('eth_getProof', LEDGER, [], toQuantity(height))) as {
    storageHash: string
  }
  t.equal(await storageRootOf(anvil), storageHash, 'the whole storage of the contract')
})

/**
 * Root of the trie of all that anvil holds for the contract. Its own answer is of no use here: it counts slots that
 * were cleared as if they held a zero.
 */
async function storageRootOf(anvil: Anvil): Promise<string> {
  const count = 1
  const notes = 2
  const slots = [toBeHex(count, 32), toBeHex(notes, 32)]
  const firstNote = BigInt(keccak256(toBeHex(notes, 32)))
  const length = Number(await anvil.ask('eth_getStorageAt', LEDGER, toQuantity(notes), 'latest'))
  for (let index = 0; index < length; index++) slots.push(toBeHex(firstNote + BigInt(index), 32))
  const keys = new Set(receipts.flat().flatMap(({ logs }) => logs.map(({ topics }) => topics[1] ?? '')))
  keys.delete('')
  for (const key of keys) slots.push(keccak256(concat([key, toBeHex(0, 32)])))

  const trie = await createMPT({ useKeyHashing: true })
  for (const slot of slots) {
    const value = BigInt(String(await anvil.ask('eth_getStorageAt', LEDGER, slot, 'latest')))
    if (value > 0n) await trie.put(getBytes(slot), RLP.encode(value))
  }
  return hexlify(trie.root())
}

interface BlockJson {
  readonly number: string
  readonly hash: string
  readonly timestamp: string
  readonly baseFeePerGas: string
  readonly transactions: readonly string[]
}

interface Receipt {
  readonly type: string
  readonly status: string
  readonly to: string | null
  readonly contractAddress: string | null
  readonly transactionHash: string
  readonly gasUsed: string
  readonly cumulativeGasUsed: string
  readonly effectiveGasPrice: string
  readonly logsBloom: string
  readonly logs: readonly { address: string; topics: string[]; data: string; logIndex: string }[]
}

/** Everything but the hashes of blocks, which anvil makes without a seal. */
function comparable({ logs, ...receipt }: Receipt) {
  const { type, status, to, transactionHash, gasUsed, cumulativeGasUsed, effectiveGasPrice, logsBloom } =
    receipt
  return {
    ...{ type, status, to, transactionHash, gasUsed, cumulativeGasUsed, effectiveGasPrice, logsBloom },
    contractAddress: receipt.contractAddress ?? null,
    logs: logs.map(({ address, topics, data, logIndex }) => ({ address, topics, data, logIndex })),
  }
}

async function sealUnderLoad(blocksWanted: number): Promise<void> {
  const until = Math.max(...chain.heads.keys()) + blocksWanted
  while (!chain.heads.has(until)) {
    await load.send(chain.rpcUrl, 4)
    await delay(100)
  }
}

async function ask(method: string, ...params: unknown[]): Promise<unknown> {
  const { result, error } = await rpc(chain.rpcUrl, method, ...params)
  if (error !== undefined) throw new Error(`${method}: ${error.message}`)
  return result
}

/** At the last block that was compared; the chain has gone on since. */
async function askAt(method: string, ...params: unknown[]): Promise<unknown> {
  return ask(method, ...params, toQuantity(height))
}

async function blockAt(number: number): Promise<BlockJson> {
  return (await ask('eth_getBlockByNumber', toQuantity(number), false)) as BlockJson
}
