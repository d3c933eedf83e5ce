import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import type { Logger } from '@hygeia/runtime/log'
import { EngineProcess } from '../../engines/process.ts'
import { IpfsError } from '../errors.ts'
import type { Block, IpfsNode } from '../node.ts'
import { KuboBlocks } from './blocks.ts'
import { KuboClient } from './client.ts'
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

const START_LIMIT_MS = 60_000
const GRACE_MS = 20_000
const HAIL_MS = 10_000

/** A Kubo of the daemon's own: it starts it, watches it, and is the only one whom its API answers. */
export class KuboIpfs implements IpfsNode {
  readonly kind = 'kubo'
  readonly #options: KuboIpfsOptions
  readonly #log: Logger
  readonly #repo: KuboRepo
  readonly #process: EngineProcess
  readonly #blocks: KuboBlocks
  /** Peers that Kubo was told of while it ran: a new one must be told again. */
  readonly #dialed = new Set<string>()
  #secret = ''
  #client: KuboClient | undefined
  #addresses: readonly string[] = []

  constructor(options: KuboIpfsOptions, { log }: { readonly log: Logger }) {
    const { path, reserveBytes } = options
    this.#options = options
    this.#log = log
    this.#repo = new KuboRepo(join(path, 'kubo'))
    this.#blocks = new KuboBlocks({ path, reserveBytes }, { client: () => this.#running(), log })
    this.#process = new EngineProcess(
      {
        name: 'kubo',
        prepare: () => this.#prepare(),
        hail: (signal) => this.#hail(signal),
        onDown: () => {
          this.#client = undefined
        },
      },
      { startLimitMs: START_LIMIT_MS, graceMs: GRACE_MS, hailEveryMs: HAIL_MS },
      { log },
    )
  }

  /** @throws {IpfsError | EngineProcessError} */
  async start(): Promise<void> {
    await this.#blocks.open()
    await this.#process.start()
    this.#log.info({ addresses: this.#addresses.length }, 'private swarm joined')
  }

  async stop(): Promise<void> {
    await this.#process.stop()
    await this.#blocks.close()
  }

  get addresses(): readonly string[] {
    return this.#addresses
  }

  /** Of the Kubo that runs; undefined while none does. */
  get pid(): number | undefined {
    return this.#process.pid
  }

  async putMany(blocks: readonly Block[]): Promise<void> {
    await this.#blocks.putMany(blocks)
  }

  /** What was put is on the disk already: Kubo flushes with each pin. */
  async sync(): Promise<void> {
    this.#running()
  }

  async pin(manifest: Block): Promise<void> {
    await this.#blocks.pin(manifest)
  }

  async get(digest: Uint8Array, signal?: AbortSignal): Promise<Uint8Array | undefined> {
    return this.#blocks.get(digest, signal)
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

  async #prepare() {
    const { file, swarmKeyFile, listen, apiPort, peers } = this.#options
    // Known to this process and the one it starts, and to no other for any longer.
    this.#secret = randomBytes(32).toString('hex')
    await this.#repo.prepare(file, swarmKeyFile, {
      listen,
      apiPort,
      peers: peersAt(peers),
      secret: this.#secret,
    })
    return { file, args: ['daemon', '--migrate'], env: this.#repo.env }
  }

  async #hail(signal: AbortSignal): Promise<void> {
    const isNew = this.#client === undefined
    const client = this.#client ?? new KuboClient({ url: await this.#repo.apiUrl(), secret: this.#secret })
    this.#addresses = await client.addresses(signal)
    this.#client = client
    if (!isNew) return
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
