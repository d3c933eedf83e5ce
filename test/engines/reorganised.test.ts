import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { readGenesis } from '@hygeia/daemon/init/genesis'
import { readKeys } from '@hygeia/daemon/init/keys'
import type { Receipt } from '@hygeia/protocol/receipt/receipt'
import t from 'tap'
import { DAEMON } from '../support/hospital.ts'
import { runToEnd } from '../support/process.ts'
import { RawDevice } from '../support/raw-device.ts'
import { receiptsFor } from '../support/receipts.ts'
import { openScene } from '../support/scene.ts'
import { blockHashAt, falseReceipts } from '../support/true-receipts.ts'
import { until } from '../support/until.ts'
import { GethNode } from './support/geth-node.ts'
import { putOnGeth } from './support/on-geth.ts'

const LEAD_BLOCKS = 10

t.setTimeout(240_000)

t.test(
  'final blocks are replaced below receipts: those are withdrawn, and made again as the chain has it',
  async (t) => {
    let rival: GethNode | undefined
    t.teardown(() => rival?.stop())
    // The mistake that makes this possible with one validator: its key seals on a second machine, which nobody is connected to.
    const scene = await openScene(t, async (dir) => {
      await putOnGeth(dir)
      const { json: genesis } = await readGenesis(join(dir, 'keys'))
      const { accounts } = await readKeys(join(dir, 'keys'))
      const node = await GethNode.make({
        dir: join(dir, '../rival'),
        genesis,
        validator: accounts.validator.key,
      })
      rival = node
      await node.start()
      await until('the rival is ahead', async () => node.chain.head.number >= LEAD_BLOCKS)
    })
    const { hospital, known, patient } = scene
    const device = await RawDevice.bind(patient, hospital, 'mqtt')
    device.start(200)
    const before = await until('receipts are there', async () => {
      const held = await receiptsFor(known.client, device.acknowledged)
      return held.size >= 20 && held
    })

    const enode = (await runToEnd(DAEMON, ['chain', 'enode', '--config', hospital.configFile])).trim()
    if (rival === undefined) throw new Error('no rival')
    const { chain } = rival
    await chain.request({ method: 'miner_stop' })
    const rivalHead = chain.head
    await chain.request({ method: 'admin_addPeer', params: [enode] })
    await until('the hospital is on the other branch', async () => {
      return (await blockHashAt(hospital.endpoints.rpc, rivalHead.number)) === rivalHead.hash
    })
    const displaced = [...before.values()].filter(({ anchor }) => anchor.blockNumber <= rivalHead.number)
    t.ok(displaced.length > 0, `${displaced.length} of ${before.size} receipts lost their block`)

    const { anchor } = await known.client.realm()
    const faultsOf = (receipts: ReadonlyMap<string, Receipt>) =>
      falseReceipts(hospital.endpoints.rpc, anchor, [...receipts.values()])
    t.not((await faultsOf(before)).length, 0, 'the receipts from before say what is no longer so')
    await until('every batch from before has a receipt that the chain confirms', async () => {
      const now = await receiptsFor(known.client, device.acknowledged)
      return [...before.keys()].every((cid) => now.has(cid)) && (await faultsOf(now)).length === 0
    })
    const { length } = device.acknowledged
    await until('new batches are taken and receipted', async () => {
      const now = await receiptsFor(known.client, device.acknowledged)
      return now.size > length + 10 && (await faultsOf(now)).length === 0
    })
    await device.finish()
    t.same(device.refused, [])
    const log = await readFile(hospital.logFile, 'utf8')
    t.match(log, /final blocks were replaced/)
    t.match(log, /a final anchor was replaced on the chain/)
    t.notMatch(log, /part failed/)
  },
)
