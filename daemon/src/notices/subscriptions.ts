import { createHash } from 'node:crypto'
import type { Address } from '@hygeia/protocol/ids'
import type { Service } from '@hygeia/runtime/lifecycle'
import type { Logger } from '@hygeia/runtime/log'
import { Disk, del, put } from '../store/disk.ts'

/** Where a browser hears of notices, and how they are encrypted to it. @see RFC 8291 */
export interface Subscription {
  readonly account: Address
  readonly endpoint: string
  readonly keys: { readonly p256dh: string; readonly auth: string }
}

export interface SubscriptionsOptions {
  readonly path: string
  readonly reserveBytes: number
  /** Hosts of push services; `*.` stands for any subdomain. Nothing is sent elsewhere, whatever a browser says. */
  readonly hosts: readonly string[]
}

/** Browsers of one account; the oldest in order of key goes first. */
const PER_ACCOUNT = 8
const BUFFER_BYTES = 256 * 1024

/** Which browsers want to be told, by the account that asked. */
export class Subscriptions implements Service {
  readonly #options: SubscriptionsOptions
  readonly #disk: Disk

  constructor(options: SubscriptionsOptions, deps: { readonly log: Logger }) {
    this.#options = options
    const { path, reserveBytes } = options
    this.#disk = new Disk({ path, reserveBytes, bufferBytes: BUFFER_BYTES }, deps)
  }

  async start(): Promise<void> {
    await this.#disk.open()
  }

  async stop(): Promise<void> {
    await this.#disk.close()
  }

  /** Whether notices may go to this address. */
  allows(endpoint: string): boolean {
    const { protocol, hostname, port } = new URL(endpoint)
    const isLoopback = hostname === '127.0.0.1'
    if (!isLoopback && (protocol !== 'https:' || port !== '')) return false
    return this.#options.hosts.some((host) =>
      host.startsWith('*.') ? hostname.endsWith(host.slice(1)) : hostname === host,
    )
  }

  /** @returns false when the account has too many, or the address is no known push service's */
  async add(subscription: Subscription): Promise<boolean> {
    if (!this.allows(subscription.endpoint)) return false
    const held = await this.of(subscription.account)
    const isNew = held.every(({ endpoint }) => endpoint !== subscription.endpoint)
    if (isNew && held.length >= PER_ACCOUNT) return false
    const { endpoint, keys } = subscription
    await this.#disk.write([put(keyOf(subscription), Buffer.from(JSON.stringify({ endpoint, keys })))], true)
    return true
  }

  async remove(subscription: Pick<Subscription, 'account' | 'endpoint'>): Promise<void> {
    await this.#disk.write([del(keyOf(subscription))], true)
  }

  async of(account: Address): Promise<readonly Subscription[]> {
    const range = { gte: Buffer.from(`${account} `), lt: Buffer.from(`${account}~`), limit: PER_ACCOUNT }
    const values = await this.#disk.level.values(range).all()
    return values.map((value) => ({ account, ...JSON.parse(Buffer.from(value).toString()) }))
  }
}

function keyOf({ account, endpoint }: Pick<Subscription, 'account' | 'endpoint'>): Buffer {
  return Buffer.from(`${account} ${createHash('sha256').update(endpoint).digest('hex')}`)
}
