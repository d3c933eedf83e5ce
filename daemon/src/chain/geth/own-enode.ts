import { join } from 'node:path'
import type { DaemonConfig } from '../../config/config.ts'
import { enodeOf } from './enode.ts'
import { gethFolder } from './folder.ts'
import { keepNodeKey } from './prepare.ts'

/** Under which the hospital's geth will be reached, also before it first ran; makes the node's key if need be. */
export async function enode({ dataDir, publicHost, chain }: DaemonConfig): Promise<string> {
  const port = chain.engine === 'geth' ? chain.p2p.port : 30_303
  const host = chain.engine === 'geth' && chain.p2p.host !== '0.0.0.0' ? chain.p2p.host : publicHost
  return enodeOf(await keepNodeKey(gethFolder(join(dataDir, 'geth'))), { host, port })
}
