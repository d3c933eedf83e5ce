import { execFile } from 'node:child_process'
import { access, copyFile, mkdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { writeAtomic } from '@hygeia/runtime/atomic-write'
import { z } from 'zod'
import { IpfsError } from '../errors.ts'
import { readSwarmKey } from '../swarm-key.ts'
import { type KuboSettings, kuboSettings } from './settings.ts'

const INIT_LIMIT_MS = 60_000

/** Kubo's configuration as far as its own sections are kept: who the node is and how it stores. */
const KuboConfig = z.looseObject({ Identity: z.looseObject({}), Datastore: z.looseObject({}) })

/** The folder that Kubo keeps everything in. */
export class KuboRepo {
  readonly path: string

  constructor(path: string) {
    this.path = path
  }

  /** All that Kubo gets as its environment. */
  get env(): Readonly<Record<string, string>> {
    return {
      IPFS_PATH: this.path,
      HOME: this.path,
      PATH: '/usr/bin:/bin',
      // Rather no node than one that is open to the world.
      LIBP2P_FORCE_PNET: '1',
      IPFS_TELEMETRY: 'off',
    }
  }

  /**
   * Make the repo if there is none, and say in it what it is to be this time.
   *
   * @throws {IpfsError} `KUBO_REPO`, `SWARM_KEY_INVALID`
   */
  async prepare(file: string, swarmKeyFile: string, settings: KuboSettings): Promise<void> {
    await mkdir(this.path, { recursive: true, mode: 0o700 })
    if (!(await isThere(this.#at('config')))) await this.#init(file)
    await readSwarmKey(swarmKeyFile)
    await copyFile(swarmKeyFile, this.#at('swarm.key'))
    const config = await this.#config()
    await writeAtomic(
      this.#at('config'),
      JSON.stringify({ ...config, ...kuboSettings(settings) }, undefined, 2),
    )
    // Of a Kubo that was killed; it says where a new one answers only when that is true.
    await rm(this.#at('api'), { force: true })
  }

  /** Base URL of the API of the Kubo that runs. @throws while there is none */
  async apiUrl(): Promise<string> {
    const address = (await readFile(this.#at('api'), 'utf8')).trim()
    const port = /^\/ip4\/127\.0\.0\.1\/tcp\/(\d+)$/.exec(address)?.[1]
    if (port === undefined)
      throw new IpfsError('Kubo answers elsewhere than it was told', { code: 'IPFS_DOWN' })
    return `http://127.0.0.1:${port}`
  }

  async #init(file: string): Promise<void> {
    try {
      await promisify(execFile)(file, ['init', '--empty-repo', '--profile=pebbleds'], {
        env: this.env,
        timeout: INIT_LIMIT_MS,
      })
    } catch (cause) {
      throw new IpfsError(
        `Kubo cannot make its repo in ${this.path}: see that the folder can be written, or empty it if a first start was cut short`,
        { code: 'KUBO_REPO', path: this.path },
        { cause },
      )
    }
  }

  async #config(): Promise<Record<string, unknown>> {
    try {
      return KuboConfig.parse(JSON.parse(await readFile(this.#at('config'), 'utf8')))
    } catch (cause) {
      throw new IpfsError(
        `${this.#at('config')} is not Kubo's configuration: restore the folder from a backup, or move it away and blocks are fetched from other hospitals`,
        { code: 'KUBO_REPO', path: this.path },
        { cause },
      )
    }
  }

  #at(name: string): string {
    return join(this.path, name)
  }
}

const isThere = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  )
