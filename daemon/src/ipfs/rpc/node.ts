import { readFile } from 'node:fs/promises'
import type { Logger } from '@hygeia/runtime/log'
import { IpfsError } from '../errors.ts'
import { KuboBlocks } from '../kubo/blocks.ts'
import { KuboClient, type KuboIdentity, NOBODY } from '../kubo/client.ts'
import type { Block, IpfsNode } from '../node.ts'

export interface RpcIpfsOptions {
  /** Folder for what is known of pins. */
  readonly path: string
  /** Of the RPC API. */
  readonly url: string
  /** File with the bearer token that the API asks for. */
  readonly secretFile?: string | undefined
  /** Nothing is taken while less than this is free on the daemon's disk. */
  readonly reserveBytes: number
}

/** A Kubo that the hospital runs: who is in its swarm, and when it collects garbage, is not the daemon's to say. */
export class RpcIpfs implements IpfsNode {
  readonly kind = 'rpc'
  readonly #options: RpcIpfsOptions
  readonly #log: Logger
  readonly #blocks: KuboBlocks
  #client: KuboClient | undefined
  #identity: KuboIdentity = NOBODY

  constructor(options: RpcIpfsOptions, { log }: { readonly log: Logger }) {
    this.#options = options
    this.#log = log
    this.#blocks = new KuboBlocks(options, { client: () => this.#connected(), log })
  }

  /** @throws {IpfsError} `IPFS_DOWN` when it does not answer: what is put afterwards is tried again by who puts it */
  async start(): Promise<void> {
    const { url, secretFile } = this.#options
    const secret = secretFile === undefined ? undefined : await readSecret(secretFile)
    await this.#blocks.open()
    const client = new KuboClient({ url, secret })
    this.#identity = await client.identity()
    this.#client = client
    this.#log.info({ addresses: this.addresses.length }, "the hospital's Kubo answers")
  }

  async stop(): Promise<void> {
    await this.#blocks.close()
  }

  get repo(): string {
    return this.#identity.id
  }

  get addresses(): readonly string[] {
    return this.#identity.addresses
  }

  async putMany(blocks: readonly Block[]): Promise<void> {
    await this.#blocks.putMany(blocks)
  }

  /** What was put is on the disk already: Kubo flushes with each pin. */
  async sync(): Promise<void> {
    await this.#connected().identity()
  }

  async pin(manifest: Block): Promise<void> {
    await this.#blocks.pin(manifest)
  }

  async drop(digests: readonly Uint8Array[]): Promise<void> {
    await this.#blocks.drop(digests)
  }

  async get(digest: Uint8Array, signal?: AbortSignal): Promise<Uint8Array | undefined> {
    return this.#blocks.get(digest, signal)
  }

  async bring(manifest: Block, signal: AbortSignal): Promise<void> {
    await this.#blocks.bring(manifest, signal)
  }

  linked(manifest: Block, signal: AbortSignal): AsyncIterable<readonly Block[]> {
    return this.#blocks.linked(manifest, signal)
  }

  async dial(address: string): Promise<void> {
    await this.#connected().dial(address)
  }

  #connected(): KuboClient {
    if (this.#client === undefined) throw new IpfsError('not connected to Kubo yet', { code: 'IPFS_DOWN' })
    return this.#client
  }
}

async function readSecret(path: string): Promise<string> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new IpfsError(
      `${path} cannot be read: put there the token that Kubo's API.Authorizations names`,
      { code: 'IPFS_SECRET_INVALID', path },
      { cause },
    )
  })
  if (!/^[\x21-\x7e]{1,256}\s*$/.test(text)) {
    throw new IpfsError(`${path} is not one token of at most 256 printable characters`, {
      code: 'IPFS_SECRET_INVALID',
      path,
    })
  }
  return text.trim()
}
