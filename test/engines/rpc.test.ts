import { writeFile } from 'node:fs/promises'
import { RpcIpfs } from '@hygeia/daemon/ipfs/rpc/node'
import { cidOfDigest, formatCid } from '@hygeia/protocol/sealed/cid'
import { createLog } from '@hygeia/runtime/log'
import { manifestOf, sealedBlocks } from '@hygeia/test/sealed-blocks'
import t from 'tap'
import { KuboBed } from './support/kubo-bed.ts'

const bed = await KuboBed.make(t)
const log = createLog('engines', 'silent')
const plain = await bed.startPlain(t, 'hospital')

async function nodeWith(secret: string): Promise<RpcIpfs> {
  const secretFile = bed.at('token')
  await writeFile(secretFile, `${secret}\n`)
  return new RpcIpfs({ path: bed.at('daemon'), url: plain.apiUrl, secretFile, reserveBytes: 0 }, { log })
}

t.test('a Kubo that the hospital runs keeps batches, whenever its keeper collects garbage', async (t) => {
  const node = await nodeWith(plain.secret)
  await node.start()
  t.teardown(() => node.stop())
  t.ok(node.addresses.includes(plain.address))
  const blocks = sealedBlocks(200)
  await node.putMany(blocks)
  await plain.ipfs(['repo', 'gc'])
  await node.pin(manifestOf(blocks.slice(0, 120)))
  await plain.ipfs(['repo', 'gc'])
  await node.sync()
  let missing = 0
  for (const { digest, bytes } of blocks) {
    const held = await node.get(digest)
    if (held === undefined || Buffer.compare(held, bytes) !== 0) missing++
  }
  t.equal(missing, 0)
  await node.pin(manifestOf(blocks.slice(120)))
  // Its maker's own pins are of another codec.
  const pins = (await plain.ipfs(['pin', 'ls', '--type=recursive', '--quiet'])).toString().match(/^bafy.+$/gm)
  const manifests = [manifestOf(blocks.slice(0, 120)), manifestOf(blocks.slice(120))]
  t.same(
    new Set(pins),
    new Set(manifests.map(({ digest }) => formatCid(cidOfDigest(digest)))),
    'nothing but the manifests is left pinned',
  )
})

t.test('without the right token nothing starts, and the message says so', async (t) => {
  const node = await nodeWith('wrong')
  await t.rejects(node.start(), { code: 'IPFS_DOWN', message: /Access Denied/ })
  await node.stop()
})
