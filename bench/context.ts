import type { Shared } from './report/programs.ts'
import { step } from './report/step.ts'
import { Ward } from './ward/ward.ts'

/** What the programs of one run share. */
export class Bench implements Shared {
  /** Ends whatever runs. */
  signal: AbortSignal = AbortSignal.any([])
  /** Batches a second that were sustained, by door. */
  readonly sustained = new Map<'mqtt' | 'coap', number>()
  #ward: Promise<Ward> | undefined

  /** The hospital that everything is measured on; made when first asked for. */
  ward(): Promise<Ward> {
    this.#ward ??= step('a hospital, and its contracts on the chain', () => Ward.open())
    return this.#ward
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ward = await this.#ward?.catch(() => undefined)
    await ward?.[Symbol.asyncDispose]()
  }
}
