import { access, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { decodeStanding } from '@hygeia/protocol/manifest/standing'
import type { Logger } from '@hygeia/runtime/log'
import { Disk, put } from '../../store/disk.ts'
import type { Block, IpfsNode } from '../node.ts'

const BLOCKS = [Buffer.from('b'), Buffer.from('c')] as const
const PINS = [Buffer.from('m'), Buffer.from('n')] as const
const DONE = Buffer.from('x')
const STEP = 4_096

/**
 * Carry what an embedded node held over to `node`, once, when a hospital changes to a Kubo.
 *
 * The folder is renamed when all of it is there; cut short, it goes on where it was.
 *
 * @param path - folder that the embedded node was given
 * @throws {IpfsError}
 */
export async function moveFromEmbedded(path: string, node: IpfsNode, log: Logger): Promise<void> {
  const from = join(path, 'blocks')
  const isThere = await access(from).then(
    () => true,
    () => false,
  )
  if (!isThere) return
  const disk = new Disk({ path: from, reserveBytes: 0 }, { log })
  await disk.open()
  try {
    const blocks = await moveBlocks(disk, node, log)
    const manifests = await pinManifests(disk, node)
    log.info({ blocks, manifests }, 'blocks of the embedded node are moved')
  } finally {
    await disk.close()
  }
  await rename(from, join(path, 'blocks-moved'))
}

async function moveBlocks(disk: Disk, node: IpfsNode, log: Logger): Promise<number> {
  let moved = 0
  let last = (await disk.level.get(DONE)) ?? BLOCKS[0]
  for (;;) {
    const entries = await disk.level.iterator({ gt: last, lt: BLOCKS[1], limit: STEP }).all()
    const [key] = entries.at(-1) ?? []
    if (key === undefined) return moved
    const blocks = entries.map(([key, bytes]) => ({ digest: key.subarray(1), bytes }))
    // A manifest goes over when it is pinned: what it links to must be there first.
    await node.putMany(blocks.filter(({ bytes }) => !isManifest(bytes)))
    last = key
    await disk.write([put(DONE, last)], true)
    moved += entries.length
    log.info({ blocks: moved }, 'moving blocks of the embedded node')
  }
}

async function pinManifests(disk: Disk, node: IpfsNode): Promise<number> {
  let pinned = 0
  for await (const [key] of disk.level.iterator({ gt: PINS[0], lt: PINS[1] })) {
    const digest = key.subarray(1)
    const bytes = await disk.level.get(Buffer.concat([BLOCKS[0], digest]))
    // A pin is written after its block.
    if (bytes === undefined) throw new Error('a pinned manifest is missing')
    const manifest: Block = { digest, bytes }
    await node.pin(manifest)
    pinned++
  }
  return pinned
}

function isManifest(bytes: Uint8Array): boolean {
  try {
    decodeStanding(bytes)
    return true
  } catch {
    return false
  }
}
