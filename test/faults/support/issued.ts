import { setTimeout as delay } from 'node:timers/promises'
import type { Receipt } from '@hygeia/protocol/receipt/receipt'
import { receiptsFor } from '../../support/receipts.ts'
import type { Ward } from './ward.ts'

const LOOK_MS = 500

/** Collects every receipt that a hospital gives for what devices sent, so that none can be taken back unseen. */
export class Issued {
  readonly #ward: Ward
  readonly #held = new Map<string, Receipt>()
  readonly #abort = new AbortController()
  readonly #collecting: Promise<void>

  constructor(ward: Ward) {
    this.#ward = ward
    this.#collecting = this.#collect()
  }

  get all(): readonly Receipt[] {
    return [...this.#held.values()]
  }

  /** Whether hospital `index` gave a receipt for a batch. */
  has(index: number, cid: string): boolean {
    return this.#held.has(`${index} ${cid}`)
  }

  async stop(): Promise<void> {
    this.#abort.abort()
    await this.#collecting
  }

  async #collect(): Promise<void> {
    while (!this.#abort.signal.aborted) {
      await Promise.all(this.#ward.known.map((_, index) => this.#look(index)))
      await delay(LOOK_MS, undefined, { signal: this.#abort.signal }).catch(() => {})
    }
  }

  async #look(index: number): Promise<void> {
    const client = this.#ward.known[index]?.client
    if (client === undefined) return
    const batches = this.#ward.devices.flatMap(({ acknowledged }) => acknowledged)
    const unseen = batches.filter(({ cid }) => !this.has(index, cid))
    for (const [cid, receipt] of await receiptsFor(client, unseen)) this.#held.set(`${index} ${cid}`, receipt)
  }
}
