import { readFile } from 'node:fs/promises'
import type { Logger } from '@hygeia/runtime/log'
import { IpfsError } from '../errors.ts'
import { KuboBlocks } from '../kubo/blocks.ts'
import { KuboClient } from '../kubo/client.ts'
import { InKubo } from '../kubo/in-kubo.ts'

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
export class RpcIpfs extends InKubo {
  readonly kind = 'rpc'
  readonly #options: RpcIpfsOptions
  readonly #log: Logger
  #client: KuboClient | undefined

  constructor(options: RpcIpfsOptions, { log }: { readonly log: Logger }) {
    super(new KuboBlocks(options, { client: () => this.#connected(), log }))
    this.#options = options
    this.#log = log
  }

  /** @throws {IpfsError} `IPFS_DOWN` when it does not answer: what is put afterwards is tried again by who puts it */
  async start(): Promise<void> {
    const { url, secretFile } = this.#options
    const secret = secretFile === undefined ? undefined : await readSecret(secretFile)
    await this.blocks.open()
    const client = new KuboClient({ url, secret })
    this.identity = await client.identity()
    this.#client = client
    this.#log.info({ addresses: this.addresses.length }, "the hospital's Kubo answers")
  }

  async stop(): Promise<void> {
    await this.blocks.close()
  }

  /** What was put is on the disk already: Kubo flushes with each pin. */
  async sync(): Promise<void> {
    await this.#connected().identity()
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
