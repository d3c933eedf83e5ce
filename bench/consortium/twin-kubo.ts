import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { findEngine } from '@hygeia/daemon/engines/engines'
import { KuboIpfs } from '@hygeia/daemon/ipfs/kubo/node'
import { systemClock } from '@hygeia/runtime/clock'
import { createLog } from '@hygeia/runtime/log'
import { cpuOf } from '../ward/threads.ts'

const COMMAND_LIMIT_MS = 300_000

/** Kubos that may speak to each other. */
export class KuboSwarm {
  readonly #dir: string
  readonly #file: string

  private constructor(dir: string, file: string) {
    this.#dir = dir
    this.#file = file
  }

  /** @param dir - made here */
  static async found(dir: string): Promise<KuboSwarm> {
    await mkdir(dir)
    const key = randomBytes(32).toString('hex')
    await writeFile(join(dir, 'swarm.key'), `/key/swarm/psk/1.0.0/\n/base16/\n${key}\n`)
    return new KuboSwarm(dir, await findEngine('kubo', process.env))
  }

  start(name: string): Promise<TwinKubo> {
    return TwinKubo.start(join(this.#dir, name), this.#file, join(this.#dir, 'swarm.key'))
  }
}

/** The daemon's Kubo, and the `ipfs` command that speaks to it. */
export class TwinKubo implements AsyncDisposable {
  readonly node: KuboIpfs
  readonly #path: string
  readonly #file: string

  private constructor(path: string, file: string, node: KuboIpfs) {
    this.#path = join(path, 'kubo')
    this.#file = file
    this.node = node
  }

  /** @param path - folder of its own @param file - the `ipfs` program */
  static async start(path: string, file: string, swarmKeyFile: string): Promise<TwinKubo> {
    const listen = ['/ip4/127.0.0.1/tcp/0']
    const log = createLog('bench-consortium', 'warn')
    const node = new KuboIpfs(
      { path, file, listen, peers: [], apiPort: 0, swarmKeyFile, reserveBytes: 0 },
      { clock: systemClock, log },
    )
    await node.start()
    return new TwinKubo(path, file, node)
  }

  get pid(): number {
    const { pid } = this.node
    if (pid === undefined) throw new Error('Kubo does not run')
    return pid
  }

  /** Address on loopback, with its peer id. */
  get address(): string {
    const [address] = this.node.addresses
    if (address === undefined) throw new Error('Kubo listens on nothing')
    return address
  }

  /** Seconds of CPU since its start. */
  async cpuSec(): Promise<number> {
    return [...(await cpuOf(this.pid)).values()].reduce((sum, used) => sum + used, 0)
  }

  async ipfs(args: readonly string[]): Promise<void> {
    const config = JSON.parse(await readFile(join(this.#path, 'config'), 'utf8'))
    const secret = config.API.Authorizations.daemon.AuthSecret
    await promisify(execFile)(this.#file, ['--api-auth', secret, ...args], {
      env: { IPFS_PATH: this.#path, HOME: this.#path },
      timeout: COMMAND_LIMIT_MS,
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.node.stop()
  }
}
