import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { pino } from 'pino'
import t from 'tap'
import { type EmbeddedChainOptions, openEmbeddedChain } from '../../src/chain/embedded/engine.ts'
import type { Head } from '../../src/chain/engine.ts'
import { SIGNER, SIGNER_KEY, testGenesis, testKey } from './support/genesis.ts'
import { scratchDir } from './support/scratch.ts'

const HALF_PERIOD_MS = 500

const deps = {
  log: pino({ level: 'silent' }),
  onFault: (cause: unknown) => t.fail('the engine ended', { cause }),
}

function options(dir: string): EmbeddedChainOptions {
  return { dir, genesis: testGenesis(), signerKey: SIGNER_KEY, rpc: { host: '127.0.0.1', port: 0 } }
}

t.test('heads are told in order, and the next block is announced before it comes', async (t) => {
  const chain = await openEmbeddedChain(options(scratchDir(t)), deps)
  t.teardown(() => chain.stop())
  const told: Head[] = []
  const announced: number[] = []
  const end = chain.onHead((head) => {
    told.push(head)
    announced.push(chain.nextBlockAt())
  })
  for (let waited = 0; told.length < 4 && waited < 100; waited++)
    await new Promise((next) => setTimeout(next, 100))
  end()
  t.same(
    told.map(({ number }) => number),
    told.map((_, index) => Number(told[0]?.number) + index),
  )
  for (const [index, { at, number, timestamp, finalNumber }] of told.entries()) {
    t.equal(finalNumber, number)
    const next = told[index + 1]
    // One that a busy machine sealed late is followed at once.
    const lateMs = at - timestamp * 1_000
    if (lateMs < HALF_PERIOD_MS) t.ok(Number(announced[index]) > at, `${announced[index]} after ${at}`)
    if (next !== undefined) t.ok(Number(announced[index]) <= next.at)
  }
  t.equal(chain.head.number, told.at(-1)?.number)
  t.match(chain.info, {
    engine: 'embedded',
    chainId: 424_242,
    signers: [SIGNER.toLowerCase()],
    singleSigner: true,
  })
  t.same(chain.finality, { rule: 'head' })
})

t.test('a chain goes on where it stopped, and answers nothing while it is stopped', async (t) => {
  const dir = scratchDir(t)
  const first = await openEmbeddedChain(options(dir), deps)
  const { genesisHash } = first.info
  while (first.head.number < 1) await new Promise((next) => setTimeout(next, 50))
  await first.stop()
  await first.stop()
  await t.rejects(first.request({ method: 'eth_chainId' }), { code: 'CHAIN_DOWN' })
  const again = await openEmbeddedChain(options(dir), deps)
  t.equal(again.info.genesisHash, genesisHash)
  t.ok(again.head.number >= 1)
  await again.stop()
})

t.test('what cannot run is refused by name, and leaves the directory free', async (t) => {
  const dir = scratchDir(t)
  const good = options(dir)
  await (await openEmbeddedChain(good, deps)).stop()
  const taken = createServer().listen(0, '127.0.0.1')
  await once(taken, 'listening')
  t.teardown(() => taken.close())
  const { port } = taken.address() as AddressInfo

  const refusals: [string, Partial<EmbeddedChainOptions>][] = [
    ['NOT_THE_SIGNER', { signerKey: testKey(8) }],
    ['NOT_THE_SIGNER', { genesis: testGenesis({ signers: [SIGNER, `0x${'ab'.repeat(20)}`] }) }],
    ['GENESIS_DIFFERS', { genesis: testGenesis({ chainId: 5 }) }],
    ['GENESIS_UNUSABLE', { genesis: { config: {} } }],
    ['RPC_ADDRESS', { rpc: { host: '127.0.0.1', port } }],
  ]
  for (const [code, wrong] of refusals) {
    await t.rejects(openEmbeddedChain({ ...good, ...wrong }, deps), { code, name: 'ChainError' }, code)
  }
  const running = await openEmbeddedChain(good, deps)
  await t.rejects(openEmbeddedChain(good, deps), { code: 'CHAIN_LOCKED' })
  await running.stop()
})
