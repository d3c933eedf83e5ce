import { join } from 'node:path'
import { cliqueGenesis } from '@hygeia/contracts/genesis/clique'
import { prove } from '@hygeia/dapp/prove/prove'
import { verifyOffline } from '@hygeia/dapp/verify/offline/verify'
import { parseCliqueHeader } from '@hygeia/protocol/clique/header'
import { followTrail } from '@hygeia/protocol/clique/trail'
import { addressOf, parseHex32, toHex } from '@hygeia/protocol/ids'
import { decodeOfflineProof } from '@hygeia/protocol/offline-proof/codec'
import { HOUR_MS, type UnixMs } from '@hygeia/protocol/units'
import { Wallet } from 'ethers'
import t from 'tap'
import { z } from 'zod'
import { World } from '../../dapp/test/support/world.ts'
import { accountOf, keyOf } from '../../protocol/test/support/sealed-chain.ts'
import { steadyPorts } from '../support/ports.ts'
import { testFolder } from '../support/scene.ts'
import { until } from '../support/until.ts'
import { findGeth, SealingGeth } from './support/sealing-geth.ts'

const EPOCH = 15
const CHAIN_ID = 7_225
const SIGNERS = ['A', 'B', 'C']

t.setTimeout(240_000)
const geth = await findGeth()

t.test(
  'of a chain that three geths seal, any of them gives a proof',
  { skip: geth === undefined },
  async (t) => {
    const dir = await testFolder(t)
    const wallets = Array.from({ length: 7 }, (_, index) => new Wallet(toHex(keyOf(`account ${index}`))))
    const genesis = cliqueGenesis({
      chainId: CHAIN_ID,
      signers: SIGNERS.map(accountOf),
      periodSec: 1,
      epoch: EPOCH,
      gasLimit: 4_700_000,
      alloc: Object.fromEntries(wallets.map(({ address }) => [address, 10n ** 24n])),
    })
    const nodes: SealingGeth[] = []
    t.teardown(() => Promise.all(nodes.map((node) => node.stop())))
    for (const name of SIGNERS) {
      const { api, rpc } = await steadyPorts()
      const ports = { rpc, p2p: api }
      nodes.push(
        await SealingGeth.start({
          geth: String(geth),
          dir: join(dir, name),
          genesis,
          signerKey: keyOf(name),
          ports,
        }),
      )
    }
    const [first, second, third] = nodes
    if (first === undefined || second === undefined || third === undefined) throw new Error('no three nodes')
    await Promise.all([first.befriend(second), second.befriend(third), third.befriend(first)])
    await until('all seal together', async () => (await first.blockNumber()) > 3)

    const world = await World.start(2, { node: signingNode(first, wallets) })
    const { realm } = world.consortium
    t.equal(
      realm.genesis,
      parseHex32(String(await genesisHash(second))),
      'the contracts are made for this chain',
    )
    const device = await world.device(await world.patient())
    /** A batch that is anchored, and proven by what one node says. */
    const proven = async (age: number, node: SealingGeth) => {
      const [cid = ''] = world.hold(device, (world.now - age * HOUR_MS) as UnixMs, 5)
      await world.hospital.shelf.anchor()
      const { receipt, block } = world.hospital.shelf.kept.get(cid) ?? {}
      if (receipt === undefined) throw new Error('not anchored')
      const asked = { send: (method: string, params: unknown[]) => node.ask(method, ...params) }
      const records = [{ kind: 'batch' as const, receipt, block }]
      // Not final, or in a block that another took the place of: a receipt comes when neither can happen any more.
      return await until('the anchor is final', () => prove(asked, { realm, records, epoch: EPOCH }), 30_000)
    }
    const pins = { ...realm, signers: SIGNERS.map(accountOf) }
    const outcomes = async (bytes: Uint8Array) =>
      (await verifyOffline(bytes, pins)).map(({ outcome }) => outcome)

    const early = await proven(2, second)
    t.same(await outcomes(early), ['proven', 'proven'], 'with three signers')
    t.comment(`${early.length} bytes`)

    // The signer of one node votes on somebody else as well, whom nobody else wants.
    await first.ask('clique_propose', accountOf('X'), true)
    for (const node of nodes) await node.ask('clique_propose', accountOf('D'), true)
    const voted = async () => (await signersAt(third)).includes(accountOf('D'))
    await until('the vote is through', voted, 30_000)
    const since = await third.blockNumber()
    await until('four are listed', async () => (await third.blockNumber()) > since + EPOCH, 60_000)

    const late = await proven(3, third)
    const verdicts = await verifyOffline(late, pins)
    t.same(
      verdicts.map(({ outcome }) => outcome),
      ['proven', 'proven'],
      'with four, of whom one was voted in',
    )
    const { runs, block, epoch } = decodeOfflineProof(late)
    const trail = { epoch, runs: runs.map((run) => run.map(parseCliqueHeader)) }
    const { signers } = followTrail(trail, realm.genesis, block)
    t.same([...signers].sort(), await signersAt(second), 'geth says the same of who may seal')
    t.equal(signers.size, 4)
    t.notOk(signers.has(accountOf('X')))
    t.equal(trail.runs.length, 2, 'the headers between the genesis and the last list are left out')
    t.comment(`${late.length} bytes, ${trail.runs.flat().length} headers`)
    await world.stop()
  },
)

async function signersAt(node: SealingGeth): Promise<readonly string[]> {
  return z
    .array(z.string())
    .parse(await node.ask('clique_getSigners'))
    .map(addressOf)
    .sort()
}

async function genesisHash(node: SealingGeth): Promise<string> {
  return z.looseObject({ hash: z.string() }).parse(await node.ask('eth_getBlockByNumber', '0x0', false)).hash
}

/** The node, with accounts that are signed for here. */
function signingNode(node: SealingGeth, wallets: readonly Wallet[]) {
  const Sent = z.looseObject({ from: z.string(), to: z.string().optional(), data: z.string() })
  const Mined = z.looseObject({ blockNumber: z.string() })
  return {
    url: node.url,
    chainId: CHAIN_ID,
    async ask(method: string, ...params: unknown[]): Promise<unknown> {
      if (method === 'eth_getTransactionReceipt') {
        // What two of three signers have built on stays; before that another block may take its place.
        const mined = Mined.safeParse(await node.ask(method, ...params))
        const head = await node.blockNumber()
        return mined.success && head >= Number(mined.data.blockNumber) + 2 ? mined.data : null
      }
      if (method === 'eth_accounts') return wallets.map(({ address }) => address)
      if (method !== 'eth_sendTransaction') return node.ask(method, ...params)
      const { from, to, data } = Sent.parse(params[0])
      const wallet = wallets.find(({ address }) => addressOf(address) === addressOf(from))
      if (wallet === undefined) throw new Error(`no key for ${from}`)
      const nonce = Number(await node.ask('eth_getTransactionCount', from, 'pending'))
      const gasLimit = BigInt(String(await node.ask('eth_estimateGas', { from, to, data })))
      const fees = { type: 2, maxFeePerGas: 10n ** 10n, maxPriorityFeePerGas: 1n }
      const raw = await wallet.signTransaction({
        ...fees,
        chainId: CHAIN_ID,
        nonce,
        gasLimit,
        to: to ?? null,
        data,
      })
      return node.ask('eth_sendRawTransaction', raw)
    },
    async stop() {},
  }
}
