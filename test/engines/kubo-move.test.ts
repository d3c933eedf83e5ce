import { stat } from 'node:fs/promises'
import { moveFromEmbedded } from '@hygeia/daemon/ipfs/embedded/moving'
import { embeddedIpfs } from '@hygeia/daemon/ipfs/embedded/node'
import { createLog } from '@hygeia/runtime/log'
import { manifestOf, sealedBlocks } from '@hygeia/test/sealed-blocks'
import t from 'tap'
import { KuboBed } from './support/kubo-bed.ts'

const bed = await KuboBed.make(t)
const log = createLog('engines', 'silent')

t.test(
  'a hospital that changes to Kubo keeps what the embedded node held, also when the move was cut short',
  async (t) => {
    const path = bed.at('hospital')
    const blocks = sealedBlocks(9_000)
    const manifests = [manifestOf(blocks.slice(0, 8_000)), manifestOf(blocks.slice(8_000))]
    const before = embeddedIpfs({ path, listen: [], reserveBytes: 0 }, { log })
    await before.start()
    await before.putMany(blocks)
    for (const manifest of manifests) await before.pin(manifest)
    await before.stop()

    const node = await bed.startKubo(t, 'hospital')
    let puts = 0
    const failing = Object.create(node, {
      putMany: {
        value: async (some: typeof blocks) => {
          if (++puts === 2) throw new Error('cut short')
          await node.putMany(some)
        },
      },
    })
    await t.rejects(moveFromEmbedded(path, failing, log), { message: 'cut short' })
    await moveFromEmbedded(path, node, log)
    await node.collect()
    let missing = 0
    for (const { digest, bytes } of [...blocks, ...manifests]) {
      const held = await node.get(digest)
      if (held === undefined || Buffer.compare(held, bytes) !== 0) missing++
    }
    t.equal(missing, 0)
    t.ok((await stat(bed.at('hospital/blocks-moved'))).isDirectory())
    await moveFromEmbedded(path, node, log)
  },
)
