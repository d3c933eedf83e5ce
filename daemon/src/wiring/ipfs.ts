import { join } from 'node:path'
import { findEngine } from '../engines/engines.ts'
import { embeddedIpfs } from '../ipfs/embedded/node.ts'
import type { IpfsNode } from '../ipfs/node.ts'
import { type Context, RESERVE_BYTES } from './context.ts'

/** The IPFS node that the configuration names; not started. */
export async function createIpfs({ config, env, log }: Context): Promise<IpfsNode> {
  const { ipfs, dataDir } = config
  const common = { path: join(dataDir, 'ipfs'), reserveBytes: RESERVE_BYTES }
  const deps = { log: log.child({ part: 'ipfs' }) }
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
