import { cp, readFile, writeFile } from 'node:fs/promises'
import { request } from 'node:https'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Endpoints, readEndpoints } from '@hygeia/daemon/endpoints'
import { USUAL_EPOCH } from '@hygeia/daemon/init/epoch'
import { initHospital, joinHospital } from '@hygeia/daemon/init/init'
import type { Ports } from './ports.ts'
import { OwnProcess, runToEnd } from './process.ts'
import { until } from './until.ts'

export const DAEMON = fileURLToPath(new URL('../../daemon/bin/daemon.ts', import.meta.url))

export interface HospitalOptions {
  /** New or old folder of the hospital. */
  readonly dir: string
  /** Address that devices find it at; loopback unless told. */
  readonly host?: string
  readonly periodSec: number
  readonly gasLimit?: number
  /** Blocks between two lists of signers. */
  readonly epoch?: number
  readonly logLevel?: 'info' | 'warn' | 'debug'
  /** Requests a minute, where the defaults are too few. */
  readonly apiLimits?: Readonly<Record<string, number>>
  readonly relayPerSigner?: number
  /** Folder of a built web app; whatever is built in the checkout unless told. */
  readonly dapp?: string
  /** Free ones at every start unless told: devices find a hospital where it was when they were paired. */
  readonly ports?: Ports
  /** JSON-RPC of a chain that runs elsewhere; its own embedded one unless told. */
  readonly chainUrl?: string
  /** geth and Kubo in place of what is in the daemon, on these ports of loopback. */
  readonly engines?: {
    readonly geth: number
    readonly kubo: number
  }
  /** Whether its IPFS node is in the private swarm of a consortium. */
  readonly isInSwarm?: boolean
  /** To a consortium that others founded, as one of them gave it. */
  readonly invitation?: unknown
  /** How far it replicates, where the defaults do not fit. */
  readonly consortium?: { readonly replicas?: number; readonly witnesses?: number }
  /** For the daemon's process. */
  readonly env?: Readonly<Record<string, string>>
  /** Program with its arguments that becomes the daemon in a network of its own, where `host` is. */
  readonly inside?: readonly string[]
}

/** With less than this free a hospital of a test takes no new batches. */
export const LEAST_FREE_MIB = 80

type Where = Pick<HospitalOptions, 'env' | 'inside'>

const LOOPBACK = '127.0.0.1'
const FREE: Ports = { api: 0, mqtt: 0, coap: 0, rpc: 0 }

/** A hospital in a process of its own, on free loopback ports. */
export class HospitalProcess {
  readonly dir: string
  readonly configFile: string
  readonly #env: Readonly<Record<string, string>>
  readonly #inside: readonly string[]
  #process: OwnProcess | undefined
  #endpoints: Endpoints | undefined

  private constructor(dir: string, configFile: string, { env = {}, inside = [] }: Where = {}) {
    this.dir = dir
    this.configFile = configFile
    this.#env = env
    this.#inside = inside
  }

  /** Make keys, certificates and configuration; does not start it. */
  static async init(options: HospitalOptions): Promise<HospitalProcess> {
    const {
      dir,
      host,
      periodSec,
      gasLimit = 4_700_000,
      epoch = USUAL_EPOCH,
      logLevel = 'info',
      ports = FREE,
      apiLimits = {},
      relayPerSigner = 30,
      dapp,
      chainUrl,
      invitation,
      consortium = {},
      engines,
    } = options
    const at = host ?? LOOPBACK
    const common = {
      dir,
      hosts: [
        ...(host === undefined ? [] : [host]),
        ...(chainUrl === undefined ? ['localhost'] : []),
        LOOPBACK,
      ],
      swarm: options.isInSwarm ? [`/ip4/${at}/tcp/${engines?.kubo ?? 0}`] : [],
      overrides: {
        logLevel,
        api: { host: at, port: ports.api, limits: { ...apiLimits } },
        relayPerSigner,
        ...(dapp === undefined ? {} : { dapp: { dir: dapp } }),
        // Small disks of tests have room for more than this.
        disk: { leastFreeMiB: LEAST_FREE_MIB },
        mqtt: { host: at, port: ports.mqtt },
        coap: { host: at, port: ports.coap },
        consortium,
        chain: chainOf(options, { host: at, port: ports.rpc }),
        ...(engines === undefined ? {} : { ipfs: kuboAt(dir) }),
      },
    }
    const { configFile } =
      invitation === undefined
        ? await initHospital({ ...common, periodSec, gasLimit, epoch })
        : await joinHospital({ ...common, invitation })
    return new HospitalProcess(dir, configFile, options)
  }

  /**
   * A second hospital with the keys, the chain and everything else that `original` has had so far, at other ports: from
   * now on each has a chain of its own, and neither knows of the other. `original` must not be running.
   */
  static async twin(original: HospitalProcess, dir: string, ports: Ports): Promise<HospitalProcess> {
    await cp(original.dir, dir, { recursive: true })
    const configFile = join(dir, 'daemon.json')
    const config = JSON.parse(await readFile(original.configFile, 'utf8'))
    for (const door of ['api', 'mqtt', 'coap'] as const) config[door].port = ports[door]
    config.chain.rpc.port = ports.rpc
    const own = { dataDir: join(dir, 'data'), keysDir: join(dir, 'keys') }
    await writeFile(configFile, JSON.stringify({ ...config, ...own }))
    return new HospitalProcess(dir, configFile)
  }

  /** One that is there already; does not start it. */
  static at(dir: string): HospitalProcess {
    return new HospitalProcess(dir, join(dir, 'daemon.json'))
  }

  get process(): OwnProcess {
    if (this.#process === undefined) throw new Error('the hospital is not running')
    return this.#process
  }

  get endpoints(): Endpoints {
    if (this.#endpoints === undefined) throw new Error('the hospital is not running')
    return this.#endpoints
  }

  get logFile(): string {
    return join(this.dir, 'daemon.log')
  }

  /** CA certificate in PEM. */
  async ca(): Promise<string> {
    return await readFile(join(this.dir, 'keys/ca.pem'), 'utf8')
  }

  /** Start it, and wait until it says that it is ready. */
  async start(): Promise<void> {
    this.launch()
    await this.ready()
  }

  /** Start it, and wait for nothing. @param env - for this run alone */
  launch(env = this.#env): void {
    this.#process = new OwnProcess({
      file: DAEMON,
      args: ['run', '--config', this.configFile],
      logFile: this.logFile,
      env,
      inside: this.#inside,
    })
  }

  /** Wait until what was launched says that it is ready. @throws {Error} when it ended instead */
  async ready(limitMs?: number): Promise<void> {
    const started = this.process
    const ca = await this.ca()
    try {
      const look = async () => {
        if (!started.isRunning) return 'ended'
        const endpoints = await readEndpoints(join(this.dir, 'data'))
        if (endpoints.pid !== started.pid) return undefined
        return (await statusOf(`${endpoints.api}/readyz`, ca)) === 200 ? endpoints : undefined
      }
      const found = await until('the hospital is ready', look, limitMs)
      if (found === 'ended') throw new Error(`it ended with ${await started.ended}`)
      this.#endpoints = found
    } catch (cause) {
      throw new Error(`the hospital did not start:\n${await started.tail()}`, { cause })
    }
  }

  async stop(): Promise<void> {
    await this.process.stop()
  }

  async kill(): Promise<void> {
    await this.process.kill()
  }

  /** Let a registered physician in, as hospital staff do. */
  async admit(physician: string): Promise<void> {
    await this.command('admit', physician)
  }

  /** Run `hygeia-daemon` on this hospital. @returns what it printed */
  async command(...args: readonly string[]): Promise<string> {
    return await runToEnd(DAEMON, [...args, '--config', this.configFile])
  }
}

function chainOf({ chainUrl, engines }: HospitalOptions, rpc: { host: string; port: number }) {
  if (engines !== undefined) {
    const p2p = { host: rpc.host, port: engines.geth }
    return { engine: 'geth' as const, rpc, p2p, cacheMb: 64 }
  }
  if (chainUrl === undefined) return { engine: 'embedded' as const, rpc }
  return { engine: 'rpc' as const, url: chainUrl, pickMs: 0 }
}

/** A Kubo with an API on a free port. */
function kuboAt(dir: string) {
  return { node: 'kubo' as const, apiPort: 0, swarmKeyFile: join(dir, 'keys/swarm.key') }
}

/** HTTP status of a GET with the hospital's own CA. */
export function statusOf(url: string, ca: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    request(url, { ca, agent: false }, (response) => {
      response.resume().once('end', () => resolve(response.statusCode))
    })
      .once('error', reject)
      .end()
  })
}
