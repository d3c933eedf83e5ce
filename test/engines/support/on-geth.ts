import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { steadyPorts } from '../../support/ports.ts'

/** Put a hospital that was just made on geth, before its first start. */
export async function putOnGeth(dir: string): Promise<void> {
  const file = join(dir, 'daemon.json')
  const config = JSON.parse(await readFile(file, 'utf8'))
  const { rpc: port } = await steadyPorts()
  config.chain = { engine: 'geth', rpc: config.chain.rpc, p2p: { host: '127.0.0.1', port }, cacheMb: 64 }
  await writeFile(file, JSON.stringify(config))
}
