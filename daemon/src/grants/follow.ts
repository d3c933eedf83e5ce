import type { Address } from '@hygeia/protocol/ids'
import type { Logger } from '@hygeia/runtime/log'
import type { ConsentEvent, OnChain } from './on-chain.ts'

/** The part of a chain engine that is followed. */
export interface ChainHeads {
  readonly head: { readonly number: number; readonly timestamp: number; readonly finalNumber: number }
  onHead(listener: () => void): () => void
  onReorganised(listener: (reorganisation: { readonly from: number }) => void): () => void
}

export interface FollowDeps {
  readonly chain: ChainHeads
  readonly onChain: OnChain
  /** How far was followed before. */
  readonly cursor: {
    followed(): Promise<{ readonly consent: string; readonly block: number } | undefined>
    putFollowed(consent: Address, block: number): Promise<void>
  }
  /** Must be durable when it resolves. */
  readonly onEvent: (event: ConsentEvent) => Promise<void>
  /** After each block that was followed. */
  readonly onFollowed: () => Promise<void>
  readonly log: Logger
}

/** Blocks asked for at once. */
const SPAN = 5_000

/** Hands on every event of the current Consent contract, once it is final, in order, also those of a time of absence. */
export class ConsentFollower {
  readonly #deps: FollowDeps
  #unwatch = () => {}
  #isHeadNew = false
  /** Last block that was not replaced since it was followed. */
  #standing = Infinity
  #isStopped = false
  #running: Promise<void> | undefined

  constructor(deps: FollowDeps) {
    this.#deps = deps
  }

  /** Resolves when everything up to the present is handed on. */
  async start(): Promise<void> {
    const { chain } = this.#deps
    const ends = [
      chain.onReorganised(({ from }) => {
        this.#standing = Math.min(this.#standing, from - 1)
      }),
      chain.onHead(() => this.#wake()),
    ]
    this.#unwatch = () => {
      for (const end of ends) end()
    }
    this.#wake()
    await this.#running
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    this.#unwatch()
    await this.#running
  }

  #wake(): void {
    this.#isHeadNew = true
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined
    })
  }

  async #run(): Promise<void> {
    while (this.#isHeadNew && !this.#isStopped) {
      this.#isHeadNew = false
      // The next head tries again from where this one stopped.
      await this.#catchUp().catch((err: unknown) => this.#deps.log.warn({ err }, 'consents not followed'))
    }
  }

  async #catchUp(): Promise<void> {
    const { chain, onChain, cursor, onEvent, onFollowed } = this.#deps
    const consent = await onChain.consent()
    const held = await cursor.followed()
    // What was allowed under a former contract is not allowed under this one: begin anew.
    let next = held?.consent === consent ? Math.min(held.block, this.#standing) + 1 : 0
    this.#standing = Infinity
    const final = chain.head.finalNumber
    while (next <= final && !this.#isStopped) {
      const to = Math.min(final, next + SPAN - 1)
      for (const event of await onChain.events(consent, next, to)) await onEvent(event)
      await cursor.putFollowed(consent, to)
      next = to + 1
    }
    await onFollowed()
  }
}
