import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { isAbort, within } from '@hygeia/runtime/abort'
import { type Clock, sleep } from '@hygeia/runtime/clock'
import type { Logger } from '@hygeia/runtime/log'
import { Supervisor } from '../../engines/supervisor.ts'
import { IpfsError } from '../errors.ts'
import { KuboBlocks } from './blocks.ts'
import { KuboClient } from './client.ts'
import { InKubo } from './in-kubo.ts'
import { KuboRepo } from './repo.ts'
import type { KuboPeer } from './settings.ts'

export interface KuboIpfsOptions {
  /** Folder of Kubo's repo and of what is known of pins. */
  readonly path: string
  /** The `ipfs` program. */
  readonly file: string
  /** Multiaddresses of TCP to listen on. */
  readonly listen: readonly string[]
  readonly swarmKeyFile: string
  /** Of Kubo's API on loopback; 0 takes a free one. */
  readonly apiPort: number
  /** Multiaddresses, with their peer ids, of hospitals to stay connected with. */
  readonly peers: readonly string[]
  /** Nothing is taken while less than this is free on the disk. */
  readonly reserveBytes: number
}

export interface KuboIpfsDeps {
  readonly clock: Clock
  readonly log: Logger
}

const START_LIMIT_MS = 60_000
/** A first start that ended so often will not get better: what it said is for the operator. */
const START_ATTEMPTS = 3
const LOOK_MS = 20
const PATIENCE_MS = 20_000
/** From one look at its health to the next, and how long each may take. */
const HAIL_MS = 10_000
/** Unanswered in a row that make it a hung one. */
const MISSES = 3
const LINES_KEPT = 20

/** A Kubo of the daemon's own: it starts it, watches it, and is the only one whom its API answers. */
export class KuboIpfs extends InKubo {
  readonly kind = 'kubo'
  readonly #options: KuboIpfsOptions
  readonly #deps: KuboIpfsDeps
  readonly #abort = new AbortController()
  readonly #repo: KuboRepo
  readonly #supervisor: Supervisor
  /** Known to this process and the one it starts, and to no other for any longer. */
  readonly #secret = randomBytes(32).toString('hex')
  /** Peers that Kubo was told of while it ran: a new one must be told again. */
  readonly #dialed = new Set<string>()
  readonly #said: string[] = []
  #client: KuboClient | undefined
  #watching: Promise<void> | undefined

  constructor(options: KuboIpfsOptions, deps: KuboIpfsDeps) {
    const { path, file, reserveBytes } = options
    super(new KuboBlocks({ path, reserveBytes }, { client: () => this.#running(), log: deps.log }))
    this.#options = options
    this.#deps = deps
    this.#repo = new KuboRepo(join(path, 'kubo'))
    this.#supervisor = new Supervisor(
      {
        name: 'kubo',
        command: file,
        args: ['daemon', '--migrate'],
        env: this.#repo.env,
        cwd: this.#repo.path,
        patienceMs: PATIENCE_MS,
      },
      {
        ...deps,
        onLine: (line) => this.#heard(line),
        onRestarted: () => {
          this.#client = undefined
        },
      },
    )
  }

  /** @throws {IpfsError} `KUBO_REPO`, `KUBO_SILENT`, `SWARM_KEY_INVALID` */
  async start(): Promise<void> {
    const { file, swarmKeyFile, listen, apiPort, peers } = this.#options
    await this.blocks.open()
    await this.#repo.prepare(file, swarmKeyFile, {
      listen,
      apiPort,
      peers: peersAt(peers),
      secret: this.#secret,
    })
    await this.#supervisor.start()
    await this.#untilUp()
    this.#watching = this.#watch().catch((cause: unknown) => {
      if (!isAbort(cause)) throw cause
    })
    this.#deps.log.info({ addresses: this.addresses.length }, 'private swarm joined')
  }

  async stop(): Promise<void> {
    this.#abort.abort()
    await this.#watching
    await this.#supervisor.stop()
    this.#client = undefined
    await this.blocks.close()
  }

  /** Of the Kubo that runs; undefined while none does. */
  get pid(): number | undefined {
    return this.#supervisor.pid
  }

  /** What was put is on the disk already: Kubo flushes with each pin. */
  async sync(): Promise<void> {
    this.#running()
  }

  async dial(address: string): Promise<void> {
    await this.#running().dial(address)
    this.#dialed.add(address)
  }

  /** Remove what no pin keeps: blocks fetched for one reading, and those of an erased manifest. @returns how many */
  async collect(): Promise<number> {
    return this.#running().collect()
  }

  #running(): KuboClient {
    if (this.#client === undefined) throw new IpfsError('Kubo does not run yet', { code: 'IPFS_DOWN' })
    return this.#client
  }

  async #untilUp(): Promise<void> {
    const { clock } = this.#deps
    const limit = within(START_LIMIT_MS, this.#abort.signal)
    while (this.#client === undefined) {
      if (limit.aborted || this.#supervisor.restarts >= START_ATTEMPTS) {
        throw new IpfsError(
          `Kubo does not start; it said: ${this.#said.slice(-3).join(' | ') || 'nothing'}`,
          {
            code: 'KUBO_SILENT',
          },
        )
      }
      await sleep(clock, LOOK_MS, limit).catch(() => {})
    }
  }

  /** End a Kubo that hangs, so that another is started. */
  async #watch(): Promise<void> {
    const { clock, log } = this.#deps
    const { signal } = this.#abort
    for (let misses = 0; ; ) {
      await sleep(clock, HAIL_MS, signal)
      const client = this.#client
      const pid = this.#supervisor.pid
      if (client === undefined || pid === undefined) continue
      const answered = await client.identity(within(HAIL_MS, signal)).then(
        () => true,
        () => false,
      )
      misses = answered ? 0 : misses + 1
      if (misses < MISSES || pid !== this.#supervisor.pid) continue
      log.error({ pid }, 'Kubo does not answer, is ended')
      process.kill(pid, 'SIGKILL')
      misses = 0
    }
  }

  #heard(line: string): void {
    const { log } = this.#deps
    log.debug({ line }, 'Kubo said')
    this.#said.push(line)
    if (this.#said.length > LINES_KEPT) this.#said.shift()
    // Printed once the API answers and its file says where.
    if (line !== 'Daemon is ready') return
    this.#connect().catch((err: unknown) => log.warn({ err }, 'Kubo cannot be spoken to'))
  }

  async #connect(): Promise<void> {
    const client = new KuboClient({ url: await this.#repo.apiUrl(), secret: this.#secret })
    this.identity = await client.identity()
    this.#client = client
    // Kubo itself waits some seconds before it dials those that it is to stay connected with.
    for (const address of [...this.#options.peers, ...this.#dialed]) client.dial(address).catch(() => {})
  }
}

/** Addresses with peer ids, gathered by peer. */
function peersAt(addresses: readonly string[]): readonly KuboPeer[] {
  const peers = Map.groupBy(
    addresses.map((text) => text.split('/p2p/')),
    ([, id]) => id ?? '',
  )
  return [...peers].map(([id, each]) => ({ id, addresses: each.map(([address = '']) => address) }))
}
