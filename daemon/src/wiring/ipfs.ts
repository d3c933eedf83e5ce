import { join } from 'node:path'
import type { Logger } from '@hygeia/runtime/log'
import { findEngine } from '../engines/engines.ts'
import { moveFromEmbedded } from '../ipfs/embedded/moving.ts'
import { embeddedIpfs } from '../ipfs/embedded/node.ts'
import type { IpfsNode } from '../ipfs/node.ts'
import { type Context, RESERVE_BYTES } from './context.ts'

/** The IPFS node that the configuration names, with what an embedded one before it held. */
export async function startIpfs(context: Context): Promise<IpfsNode> {
  const path = join(context.config.dataDir, 'ipfs')
  const log = context.log.child({ part: 'ipfs' })
  const node = await context.stack.add(await createIpfs(context, path, log))
  if (node.kind !== 'embedded') await moveFromEmbedded(path, node, log)
  return node
}

async function createIpfs({ config, env }: Context, path: string, log: Logger): Promise<IpfsNode> {
  const { ipfs } = config
  const common = { path, reserveBytes: RESERVE_BYTES }
  const deps = { log }
  // Kubo's client brings hundreds of packages along: only who has a Kubo loads it.
  switch (ipfs.node) {
    case 'embedded':
      return embeddedIpfs({ ...common, ...ipfs }, deps)
    case 'kubo': {
      const file = ipfs.binary ?? (await findEngine('kubo', env))
      const { KuboIpfs } = await import('../ipfs/kubo/node.ts')
      return new KuboIpfs({ ...common, ...ipfs, file }, deps)
    }
    case 'rpc': {
      const { RpcIpfs } = await import('../ipfs/rpc/node.ts')
      return new RpcIpfs({ ...common, ...ipfs }, deps)
    }
  }
}
