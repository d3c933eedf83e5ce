import { readFile } from 'node:fs/promises'
import { request } from 'node:https'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Endpoints, readEndpoints } from '@hygeia/daemon/endpoints'
import { initHospital } from '@hygeia/daemon/init/init'
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
  readonly logLevel?: 'info' | 'warn' | 'debug'
  /** Requests a minute, where the defaults are too few. */
  readonly apiLimits?: Readonly<Record<string, number>>
  readonly relayPerSigner?: number
  /** Free ones at every start unless told: devices find a hospital where it was when they were paired. */
  readonly ports?: Ports
  /** For the daemon's process. */
  readonly env?: Readonly<Record<string, string>>
}

/** With less than this free a hospital of a test takes no new batches. */
export const LEAST_FREE_MIB = 80

const LOOPBACK = '127.0.0.1'
const FREE: Ports = { api: 0, mqtt: 0, coap: 0, rpc: 0 }

/** A hospital in a process of its own, on free loopback ports. */
export class HospitalProcess {
  readonly dir: string
  readonly configFile: string
  readonly #env: Readonly<Record<string, string>>
  #process: OwnProcess | undefined
  #endpoints: Endpoints | undefined

  private constructor(dir: string, configFile: string, env: Readonly<Record<string, string>>) {
    this.dir = dir
    this.configFile = configFile
    this.#env = env
  }

  /** Make keys, certificates and configuration; does not start it. */
  static async init(options: HospitalOptions): Promise<HospitalProcess> {
    const {
      dir,
      host,
      periodSec,
      gasLimit = 4_700_000,
      logLevel = 'info',
      env = {},
      ports = FREE,
      apiLimits = {},
      relayPerSigner = 30,
    } = options
    const at = host ?? LOOPBACK
    const { configFile } = await initHospital({
      dir,
      hosts: [...(host === undefined ? [] : [host]), 'localhost', LOOPBACK],
      periodSec,
      gasLimit,
      epoch: 30_000,
      overrides: {
        logLevel,
        api: { host: at, port: ports.api, limits: { ...apiLimits } },
        relayPerSigner,
        // Small disks of tests have room for more than this.
        disk: { leastFreeMiB: LEAST_FREE_MIB },
        mqtt: { host: at, port: ports.mqtt },
        coap: { host: at, port: ports.coap },
        chain: { engine: 'embedded', rpc: { host: LOOPBACK, port: ports.rpc } },
      },
    })
    return new HospitalProcess(dir, configFile, env)
  }

  /** One that is there already; does not start it. */
  static at(dir: string): HospitalProcess {
    return new HospitalProcess(dir, join(dir, 'daemon.json'), {})
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
    })
  }

  /** Wait until what was launched says that it is ready. @throws {Error} when it ended instead */
  async ready(): Promise<void> {
    const started = this.process
    const ca = await this.ca()
    try {
      const found = await until('the hospital is ready', async () => {
        if (!started.isRunning) return 'ended'
        const endpoints = await readEndpoints(join(this.dir, 'data'))
        if (endpoints.pid !== started.pid) return undefined
        return (await statusOf(`${endpoints.api}/readyz`, ca)) === 200 ? endpoints : undefined
      })
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
    await runToEnd(DAEMON, ['admit', physician, '--config', this.configFile])
  }
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
