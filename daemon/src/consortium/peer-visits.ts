import type { Address } from '@hygeia/protocol/ids'
import { isAbort } from '@hygeia/runtime/abort'
import { type Clock, sleep } from '@hygeia/runtime/clock'
import type { Service } from '@hygeia/runtime/lifecycle'
import type { Members } from './members.ts'

export interface PeerVisitsOptions {
  /** Operator account of this hospital. */
  readonly hospital: Address
  /** Resolves when one hospital was asked, or did not answer; must not reject. */
  readonly visit: (operator: Address, signal: AbortSignal) => Promise<void>
  /** How long to rest after all were visited, ms. @param others - who was */
  readonly restMs: (others: readonly Address[]) => number
}

export interface PeerVisitsDeps {
  readonly members: Pick<Members, 'active' | 'onChange'>
  readonly clock: Clock
}

/** Visits the other active hospitals again and again, and at once when one is admitted or suspended. */
export class PeerVisits implements Service {
  readonly #options: PeerVisitsOptions
  readonly #deps: PeerVisitsDeps
  readonly #abort = new AbortController()
  #rest = new AbortController()
  #unwatch = () => {}
  #loop: Promise<void> | undefined

  constructor(options: PeerVisitsOptions, deps: PeerVisitsDeps) {
    this.#options = options
    this.#deps = deps
  }

  async start(): Promise<void> {
    this.#unwatch = this.#deps.members.onChange(() => this.#rest.abort())
    this.#loop ??= this.#run()
  }

  async stop(): Promise<void> {
    this.#unwatch()
    this.#abort.abort()
    await this.#loop
  }

  async #run(): Promise<void> {
    const { members, clock } = this.#deps
    const { hospital, visit, restMs } = this.#options
    const { signal } = this.#abort
    while (!signal.aborted) {
      // Before the members are read, so that no change between that and the rest is slept through.
      this.#rest = new AbortController()
      const others = members.active
        .map(({ operator }) => operator)
        .filter((operator) => operator !== hospital)
      await Promise.all(others.map((operator) => visit(operator, signal)))
      const end = AbortSignal.any([signal, this.#rest.signal])
      await sleep(clock, restMs(others), end).catch((cause: unknown) => {
        if (!isAbort(cause)) throw cause
      })
    }
  }
}
