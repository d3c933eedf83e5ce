import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findEngine } from '@hygeia/daemon/engines/engines'
import { embeddedIpfs } from '@hygeia/daemon/ipfs/embedded/node'
import { KuboIpfs, type KuboIpfsOptions } from '@hygeia/daemon/ipfs/kubo/node'
import type { IpfsNode } from '@hygeia/daemon/ipfs/node'
import { systemClock } from '@hygeia/runtime/clock'
import { createLog } from '@hygeia/runtime/log'
import type { Test } from 'tap'
import { PlainKubo } from './plain-kubo.ts'

export const LOOPBACK = ['/ip4/127.0.0.1/tcp/0']
const log = createLog('engines', (process.env.LOG_LEVEL ?? 'silent') as 'silent')

/** The folder, the program and the swarm key of one test file; nodes that are started in it end with their test. */
export class KuboBed {
  readonly dir: string
  /** The `ipfs` program. */
  readonly file: string
  /** The swarm that all are in unless told otherwise. */
  readonly swarmKeyFile: string

  private constructor(dir: string, file: string) {
    this.dir = dir
    this.file = file
    this.swarmKeyFile = join(dir, 'swarm.key')
  }

  static async make(t: Test): Promise<KuboBed> {
    const dir = await mkdtemp(join(tmpdir(), 'hygeia-kubo-'))
    t.teardown(() => rm(dir, { recursive: true, force: true }))
    const bed = new KuboBed(dir, await findEngine('kubo', process.env))
    await writeSwarmKey(bed.swarmKeyFile)
    return bed
  }

  at(name: string): string {
    return join(this.dir, name)
  }

  async anotherSwarmKey(name: string): Promise<string> {
    const path = this.at(name)
    await writeSwarmKey(path)
    return path
  }

  kubo(name: string, options: Partial<KuboIpfsOptions> = {}): KuboIpfs {
    const { file, swarmKeyFile } = this
    const common = {
      path: this.at(name),
      file,
      listen: LOOPBACK,
      peers: [],
      apiPort: 0,
      swarmKeyFile,
      reserveBytes: 0,
    }
    return new KuboIpfs({ ...common, ...options }, { clock: systemClock, log })
  }

  async startKubo(t: Test, name: string, options: Partial<KuboIpfsOptions> = {}): Promise<KuboIpfs> {
    const node = this.kubo(name, options)
    t.teardown(() => node.stop())
    await node.start()
    return node
  }

  async startEmbedded(t: Test, name: string, swarmKeyFile = this.swarmKeyFile): Promise<IpfsNode> {
    const options = { path: this.at(name), listen: LOOPBACK, swarmKeyFile, reserveBytes: 0 }
    const node = embeddedIpfs(options, { log })
    t.teardown(() => node.stop())
    await node.start()
    return node
  }

  async startPlain(
    t: Test,
    name: string,
    swarmKeyFile: string | undefined = this.swarmKeyFile,
  ): Promise<PlainKubo> {
    const options = { path: this.at(name), file: this.file, secret: randomBytes(16).toString('hex') }
    const kubo = await PlainKubo.start({ ...options, ...(swarmKeyFile && { swarmKeyFile }) })
    t.teardown(() => kubo.stop())
    return kubo
  }
}

/** The address of a node that listens on loopback, with its peer id. */
export function addressOf(node: IpfsNode): string {
  const address = node.addresses.find((one) => one.startsWith('/ip4/127.0.0.1/tcp/'))
  if (address === undefined) throw new Error(`listens on ${node.addresses.join(', ') || 'nothing'}`)
  return address
}

async function writeSwarmKey(path: string): Promise<void> {
  await writeFile(path, `/key/swarm/psk/1.0.0/\n/base16/\n${randomBytes(32).toString('hex')}\n`)
}
