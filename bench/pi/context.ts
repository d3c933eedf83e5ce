import type { Shared } from '../report/programs.ts'
import { step } from '../report/step.ts'
import { Bed } from './bed.ts'

/** What the programs of one run share. */
export class PiBench implements Shared {
  signal: AbortSignal = AbortSignal.any([])
  #bed: Promise<Bed> | undefined

  /** The machine that everything is measured on; made when first asked for. */
  bed(): Promise<Bed> {
    this.#bed ??= step('a hospital, and a test Pi with the package that is paired with it', () => Bed.open())
    return this.#bed
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const bed = await this.#bed?.catch(() => undefined)
    await bed?.[Symbol.asyncDispose]()
  }
}
