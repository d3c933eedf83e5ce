import { execFileSync } from 'node:child_process'
import { mkdir } from 'node:fs/promises'
import { manifestOf, type SealedBlock, sealedBlocks } from '@hygeia/test/sealed-blocks'
import { until } from '@hygeia/test/until'
import t from 'tap'
import { KuboBed } from './support/kubo-bed.ts'

const bed = await KuboBed.make(t)
// Of Kubo alone: what the daemon writes itself is refused before.
const small = bed.at('small/kubo')
await mkdir(small, { recursive: true })
const mount = (...args: string[]) => execFileSync('mount', args, { stdio: 'ignore' })
let isMounted = true
try {
  mount('-t', 'tmpfs', '-o', 'size=48m', 'tmpfs', small)
} catch {
  isMounted = false
}
t.teardown(() => {
  if (isMounted) execFileSync('umount', [small])
})
const skip = isMounted ? false : 'only root can mount a small disk'

t.test(
  'a disk that is full is refused, loses nothing, and room lets everything go on',
  { skip },
  async (t) => {
    const node = await bed.startKubo(t, 'small')
    const held: SealedBlock[] = []
    const refused: SealedBlock[] = []
    while (refused.length < 1_500) {
      const some = sealedBlocks(500)
      try {
        await node.putMany(some)
        held.push(...some)
      } catch (cause) {
        t.equal((cause as { code?: string }).code, 'IPFS_DOWN')
        refused.push(...some)
      }
    }
    t.ok(held.length >= 1_000, `full after ${held.length} batches`)
    mount('-o', 'remount,size=512m', small)
    await until('it takes batches again', () => node.putMany(refused).then(() => true), 120_000)
    const all = [...held, ...refused]
    await node.pin(manifestOf(all.slice(0, 8_192)))
    await node.collect()
    let missing = 0
    for (const { digest, bytes } of all) {
      const block = await node.get(digest)
      if (block === undefined || Buffer.compare(block, bytes) !== 0) missing++
    }
    t.equal(missing, 0)
  },
)

t.test('less free than is kept in reserve is refused before Kubo sees anything', async (t) => {
  const node = await bed.startKubo(t, 'reserve', { reserveBytes: Number.MAX_SAFE_INTEGER })
  const blocks = sealedBlocks(3)
  await t.rejects(node.putMany(blocks), { code: 'IPFS_DOWN', cause: { code: 'STORE_FULL' } })
  for (const { digest } of blocks) t.equal(await node.get(digest), undefined)
})
