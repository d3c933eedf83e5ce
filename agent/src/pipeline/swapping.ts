import type { Sample } from '@hygeia/protocol/sample'
import type { Sampler, SamplerStatus } from '../sampling/sampler.ts'

interface Current {
  readonly sampler: Sampler
  readonly stop: AbortController
}

/** One stream of samples from samplers that take over from one another; what one has read comes out before the next. */
export class Swapping {
  #current: Current
  #next: { readonly sampler: Sampler; readonly begun: PromiseWithResolvers<void> } | undefined

  constructor(first: Sampler) {
    this.#current = { sampler: first, stop: new AbortController() }
  }

  status(): SamplerStatus {
    return this.#current.sampler.status()
  }

  /** @see Sampler.add */
  add(samples: readonly Sample[]): void {
    this.#current.sampler.add(samples)
  }

  /** @see Sampler.enter */
  enter(sample: Sample): boolean {
    return this.#current.sampler.enter(sample)
  }

  /** Resolves once `sampler` has taken over. To be called again only after that. */
  async swap(sampler: Sampler): Promise<void> {
    const begun = Promise.withResolvers<void>()
    this.#next = { sampler, begun }
    this.#current.stop.abort()
    await begun.promise
  }

  /** To be called once. */
  async *samples(signal: AbortSignal): AsyncGenerator<Sample, void> {
    while (true) {
      const { sampler, stop } = this.#current
      yield* sampler.samples(AbortSignal.any([signal, stop.signal]))
      const next = this.#next
      if (next === undefined || signal.aborted) return
      this.#current = { sampler: next.sampler, stop: new AbortController() }
      this.#next = undefined
      next.begun.resolve()
    }
  }
}
