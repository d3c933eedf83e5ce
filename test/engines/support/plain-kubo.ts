import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { until } from '@hygeia/test/until'

export interface PlainKuboOptions {
  readonly path: string
  /** The `ipfs` program. */
  readonly file: string
  /** Without one it is a node like those of the open network, which here reaches nobody. */
  readonly swarmKeyFile?: string
  /** Bearer token of its API. */
  readonly secret: string
}

const COMMAND_LIMIT_MS = 30_000

/** A Kubo that nothing of this project set up: what `ipfs init` makes, in a swarm of its own, used by its command. */
export class PlainKubo {
  readonly #options: PlainKuboOptions
  #child: ChildProcess | undefined
  /** Multiaddress with its peer id. */
  address = ''
  apiUrl = ''

  private constructor(options: PlainKuboOptions) {
    this.#options = options
  }

  /** Bearer token of its API. */
  get secret(): string {
    return this.#options.secret
  }

  static async start(options: PlainKuboOptions): Promise<PlainKubo> {
    const kubo = new PlainKubo(options)
    await kubo.#start()
    return kubo
  }

  /** Run `ipfs` as whoever keeps this node would. @returns what it printed */
  async ipfs(args: readonly string[], limitMs = COMMAND_LIMIT_MS): Promise<Buffer> {
    const { file, secret } = this.#options
    const { stdout } = await promisify(execFile)(file, ['--api-auth', `bearer:${secret}`, ...args], {
      env: this.#env,
      encoding: 'buffer',
      timeout: limitMs,
      killSignal: 'SIGKILL',
    })
    return stdout
  }

  async stop(): Promise<void> {
    const child = this.#child
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    child.kill('SIGKILL')
    await ended
  }

  get #env(): Record<string, string> {
    const { path } = this.#options
    return { IPFS_PATH: path, HOME: path, PATH: '/usr/bin:/bin', IPFS_TELEMETRY: 'off' }
  }

  async #start(): Promise<void> {
    const { path, file, swarmKeyFile, secret } = this.#options
    await mkdir(path, { recursive: true })
    await promisify(execFile)(file, ['init', '--empty-repo', '--profile=test'], { env: this.#env })
    if (swarmKeyFile !== undefined) await copyFile(swarmKeyFile, join(path, 'swarm.key'))
    const configFile = join(path, 'config')
    const config = JSON.parse(await readFile(configFile, 'utf8'))
    Object.assign(config, {
      AutoConf: { Enabled: false },
      Bootstrap: [],
      DNS: { Resolvers: {} },
      Ipns: { DelegatedPublishers: [] },
      Routing: { Type: 'none', DelegatedRouters: [] },
      API: { Authorizations: { test: { AuthSecret: `bearer:${secret}`, AllowedPaths: ['/api/v0'] } } },
      Addresses: { API: '/ip4/127.0.0.1/tcp/0', Gateway: [], Swarm: ['/ip4/127.0.0.1/tcp/0'] },
    })
    await writeFile(configFile, JSON.stringify(config))
    this.#child = spawn('setpriv', ['--pdeathsig', 'KILL', '--', file, 'daemon'], {
      env: this.#env,
      stdio: 'ignore',
    })
    // Without a daemon yet, the command answers for itself and names no address.
    this.address = await until('Kubo listens', async () => {
      const { Addresses } = JSON.parse((await this.ipfs(['id'])).toString())
      return (Addresses as string[] | null)?.find((address) => address.includes('/tcp/'))
    })
    const api = (await readFile(join(path, 'api'), 'utf8')).trim()
    this.apiUrl = `http://127.0.0.1:${api.split('/').at(-1)}`
  }
}
