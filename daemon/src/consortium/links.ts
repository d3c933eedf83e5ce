import type { Address } from '@hygeia/protocol/ids'
import type { Clock } from '@hygeia/runtime/clock'
import type { Service } from '@hygeia/runtime/lifecycle'
import type { Logger } from '@hygeia/runtime/log'
import { z } from 'zod'
import type { IpfsNode } from '../ipfs/node.ts'
import type { Members } from './members.ts'
import type { PeerCalls } from './peer-call.ts'
import { PeerVisits } from './peer-visits.ts'

export interface LinksOptions {
  /** Operator account of this hospital. */
  readonly hospital: Address
}

export interface LinksDeps {
  readonly members: Pick<Members, 'active' | 'onChange'>
  readonly calls: Pick<PeerCalls, 'call'>
  readonly ipfs: Pick<IpfsNode, 'addresses' | 'dial'>
  /** One that answered does not any more. */
  readonly onAway: (operator: Address) => void
  /** One answers that did not, or was not asked before. */
  readonly onBack: (operator: Address) => void
  readonly clock: Clock
  readonly log: Logger
}

/** What a hospital says of itself to the others. */
export const PeerDocument = z.strictObject({
  hospital: z.string(),
  /** Multiaddresses of its IPFS node. */
  ipfs: z.array(z.string().max(256)).max(32),
})

const LOOK_MS = 3_000

/** Keeps this hospital's IPFS node connected to those of the other active hospitals, wherever they are by now. */
export class Links implements Service {
  readonly #deps: LinksDeps
  readonly #linked = new Set<Address>()
  readonly #visits: PeerVisits

  constructor({ hospital }: LinksOptions, deps: LinksDeps) {
    this.#deps = deps
    this.#visits = new PeerVisits(
      { hospital, visit: (operator, signal) => this.#link(operator, signal), restMs: () => LOOK_MS },
      deps,
    )
  }

  start(): Promise<void> {
    return this.#visits.start()
  }

  stop(): Promise<void> {
    return this.#visits.stop()
  }

  /** Dialling who is connected already costs nothing; who came back under another address is found. */
  async #link(operator: Address, signal: AbortSignal): Promise<void> {
    const { calls, onAway, onBack, log } = this.#deps
    try {
      const answer = await calls.call(operator, '/v1/consortium', undefined, signal)
      const { ipfs: addresses } = PeerDocument.parse(answer)
      const isBack = !this.#linked.has(operator)
      if (isBack) onBack(operator)
      await this.#dial(addresses)
      if (isBack) log.info({ hospital: operator }, 'linked to a hospital')
      this.#linked.add(operator)
    } catch (err) {
      if (signal.aborted || !this.#linked.delete(operator)) return
      onAway(operator)
      log.warn({ err, hospital: operator }, 'a hospital is away')
    }
  }

  async #dial(addresses: readonly string[]): Promise<void> {
    const { ipfs } = this.#deps
    if (ipfs.addresses.length === 0) return
    const faults: unknown[] = []
    for (const address of addresses) {
      try {
        return await ipfs.dial(address)
      } catch (cause) {
        faults.push(cause)
      }
    }
    throw new AggregateError(faults, 'none of its addresses can be reached')
  }
}
