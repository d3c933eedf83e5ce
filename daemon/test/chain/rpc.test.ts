import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { systemClock } from '@hygeia/runtime/clock'
import { pino } from 'pino'
import t from 'tap'
import { HeaderJson, sealerOf } from '../../src/chain/clique/seal.ts'
import type { Head } from '../../src/chain/engine.ts'
import { HttpTransport } from '../../src/chain/json-rpc/http.ts'
import { RpcChain } from '../../src/chain/rpc/engine.ts'
import { FinalPin } from '../../src/chain/rpc/pin.ts'
import { ChainProcess } from './support/chain-process.ts'
import { SIGNER, testGenesis } from './support/genesis.ts'
import { rpc } from './support/rpc-client.ts'
import { scratchDir } from './support/scratch.ts'

const dir = scratchDir(t)
let node = await ChainProcess.start({ dir })
t.teardown(() => node.stop())

function chainAt(url: string, genesis: unknown = testGenesis(), pinDir = scratchDir(t)): RpcChain {
  const pin = new FinalPin({ path: join(pinDir, 'final.json') })
  return new RpcChain(
    { engine: 'rpc', rpcUrl: url, genesis, pickMs: 0 },
    { transport: new HttpTransport({ url }), pin, clock: systemClock, log: pino({ level: 'silent' }) },
  )
}

t.test('heads of another process come in order, final as its consensus says', async (t) => {
  const chain = chainAt(node.rpcUrl)
  await chain.start()
  t.teardown(() => chain.stop())
  const told: Head[] = []
  chain.onHead((head) => told.push(head))
  while (told.length < 3) await delay(50)
  for (const { number, hash, finalNumber } of told) {
    t.equal(hash, node.heads.get(number), `block ${number}`)
    t.equal(finalNumber, number, 'one signer stands behind it: the only one')
  }
  t.same(
    told.map(({ number }) => number),
    told.map((_, index) => Number(told[0]?.number) + index),
  )
  t.match(chain.info, {
    engine: 'rpc',
    chainId: 424_242,
    epoch: 30_000,
    singleSigner: true,
    signers: [SIGNER.toLowerCase()],
  })
  t.same(chain.finality, { rule: 'head' })
  t.equal(chain.nextBlockAt(), (chain.head.timestamp + 1) * 1_000)
  t.equal(await chain.request({ method: 'eth_chainId' }), '0x67932')
  await t.rejects(chain.request({ method: 'no_such' }), { name: 'RpcError', code: -32_601 })
})

t.test('the sealer is read from a block itself, and a damaged block is refused', async (t) => {
  const { result } = await rpc(node.rpcUrl, 'eth_getBlockByNumber', '0x1', false)
  const header = HeaderJson.parse(result)
  t.equal(sealerOf(header), SIGNER.toLowerCase())
  t.throws(() => sealerOf({ ...header, gasUsed: '0x1' }), /not what its hash says/)
})

t.test('a node of another chain is refused', async (t) => {
  const chain = chainAt(node.rpcUrl, testGenesis({ chainId: 7 }))
  t.teardown(() => chain.stop())
  await t.rejects(chain.start(), { code: 'GENESIS_DIFFERS' })
})

t.test('a node that does not tell who seals is refused, and what to do is said', async (t) => {
  const muted = await forwarding(node.rpcUrl, (method) => !method.startsWith('clique_'))
  t.teardown(() => muted.server.close())
  const chain = chainAt(muted.url)
  t.teardown(() => chain.stop())
  await t.rejects(chain.start(), { code: 'RPC_UNUSABLE', message: /serve the clique methods/ })
})

t.test('a node that went away is found again, and nothing is told twice', async (t) => {
  const front = await forwarding(
    () => node.rpcUrl,
    () => true,
  )
  t.teardown(() => front.server.close())
  const chain = chainAt(front.url)
  await chain.start()
  t.teardown(() => chain.stop())
  const told: number[] = []
  chain.onHead(({ number }) => told.push(number))
  while (told.length < 2) await delay(50)
  await node.kill()
  await delay(300)
  await t.rejects(chain.request({ method: 'eth_chainId' }), { code: 'CHAIN_DOWN' })
  node = await ChainProcess.start({ dir })
  const before = told.length
  while (told.length < before + 2) await delay(50)
  t.same(
    told,
    told.map((_, index) => Number(told[0]) + index),
  )
})

t.test('a chain that turned past what was final says so', async (t) => {
  // Two chains of one genesis: the node behind the address becomes another one, with a chain of its own.
  const otherDir = scratchDir(t)
  const other = await ChainProcess.start({ dir: otherDir })
  t.teardown(() => other.stop())
  let current = other
  const front = await forwarding(
    () => current.rpcUrl,
    () => true,
  )
  t.teardown(() => front.server.close())
  while (other.heads.size < 3) await delay(50)
  const chain = chainAt(front.url)
  await chain.start()
  t.teardown(() => chain.stop())
  const turns: { from: number; isPastFinality: boolean }[] = []
  chain.onReorganised((turn) => turns.push(turn))
  current = node
  while (turns.length === 0) await delay(50)
  t.match(turns, [{ from: 1, isPastFinality: true }])
  while (chain.head.hash !== node.heads.get(chain.head.number)) await delay(50)
  t.equal(chain.head.finalNumber, chain.head.number)
})

t.test('a chain that lacks or replaced what was final is not gone on with after a restart', async (t) => {
  const pinDir = scratchDir(t)
  const first = chainAt(node.rpcUrl, testGenesis(), pinDir)
  await first.start()
  while (first.head.finalNumber < 2) await delay(50)
  await first.stop()
  const again = chainAt(node.rpcUrl, testGenesis(), pinDir)
  await again.start()
  await again.stop()
  const other = await ChainProcess.start({ dir: scratchDir(t) })
  t.teardown(() => other.stop())
  const behind = chainAt(other.rpcUrl, testGenesis(), pinDir)
  t.teardown(() => behind.stop())
  await t.rejects(behind.start(), { code: 'FINAL_BLOCK_DIFFERS', message: /another one/ })
  const [reached, number] = [Math.max(...other.heads.keys()), first.head.finalNumber]
  t.ok(reached >= number, 'a node that is behind may be catching up: it was waited for')
  const elsewhere = chainAt(other.rpcUrl, testGenesis(), pinDir)
  t.teardown(() => elsewhere.stop())
  await t.rejects(elsewhere.start(), { code: 'FINAL_BLOCK_DIFFERS', message: /another one/ })
})

/** A front door to a node, which lets through what `serves` says. */
async function forwarding(
  target: string | (() => string),
  serves: (method: string) => boolean,
): Promise<{ server: Server; url: string }> {
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const body = Buffer.concat(chunks).toString()
    const { id, method } = JSON.parse(body) as { id: number; method: string }
    const url = typeof target === 'string' ? target : target()
    const answer = serves(method)
      ? await fetch(url, { method: 'POST', body, headers: { 'content-type': 'application/json' } })
          .then((it) => it.text())
          .catch(() => undefined)
      : JSON.stringify({ jsonrpc: '2.0', id, error: { code: -32_601, message: 'not served' } })
    if (answer === undefined) response.destroy()
    else response.writeHead(200, { 'content-type': 'application/json' }).end(answer)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}
