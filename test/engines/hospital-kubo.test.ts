import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { digestOfCid, parseCid } from '@hygeia/protocol/sealed/cid'
import { anchoredOnChain } from '@hygeia/test/anchors'
import { RawDevice } from '@hygeia/test/raw-device'
import { openScene } from '@hygeia/test/scene'
import { until } from '@hygeia/test/until'
import t from 'tap'
import { KuboBed, LOOPBACK } from './support/kubo-bed.ts'

const bed = await KuboBed.make(t)
const EVERY_MS = 50

t.test(
  'a hospital with a Kubo anchors and keeps every batch, when Kubo is killed and when both are',
  async (t) => {
    const { hospital, known, patient } = await openScene(t, async (dir) => {
      const file = join(dir, 'daemon.json')
      const config = JSON.parse(await readFile(file, 'utf8'))
      const { file: binary, swarmKeyFile } = bed
      const ipfs = { node: 'kubo', binary, swarmKeyFile, listen: LOOPBACK, apiPort: 0 }
      await writeFile(file, JSON.stringify({ ...config, ipfs }))
    })
    const { anchor } = await known.client.realm()
    const device = await RawDevice.bind(patient, hospital, 'mqtt')
    device.start(EVERY_MS)
    const more = async (count: number) => {
      const before = device.acknowledged.length
      await until('batches are taken', async () => device.acknowledged.length >= before + count)
    }
    await more(100)
    const kubo = await childOf(hospital.process.pid)
    process.kill(kubo, 'SIGKILL')
    await more(100)
    await until('another Kubo runs', async () => (await childOf(hospital.process.pid)) !== kubo)
    await hospital.kill()
    await hospital.start()
    await more(100)
    await device.finish()
    await until('all are anchored', async () => {
      const anchors = await anchoredOnChain(hospital.endpoints.rpc, anchor)
      return anchors.reduce((sum, { count }) => sum + count, 0) >= device.acknowledged.length
    })
    await hospital.stop()

    const node = await bed.startKubo(t, '', { path: join(hospital.dir, 'data/ipfs') })
    await node.collect()
    const missing = []
    for (const { cid, block } of device.acknowledged) {
      const held = await node.get(digestOfCid(parseCid(cid)))
      if (held === undefined || Buffer.compare(held, block) !== 0) missing.push(cid)
    }
    t.same(missing, [], `of ${device.acknowledged.length}, after garbage collection`)
  },
)

/** Process id of the one child, which Kubo is. */
async function childOf(pid: number): Promise<number> {
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')
  const [child] = children.trim().split(' ')
  if (!child) throw new Error('no child')
  return Number(child)
}
