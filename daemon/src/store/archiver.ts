import { setTimeout as delay } from 'node:timers/promises'
import { Backoff } from '@hygeia/runtime/backoff'
import type { Service } from '@hygeia/runtime/lifecycle'
import type { Logger } from '@hygeia/runtime/log'
import type { Store } from './store.ts'

export interface ArchiverOptions {
  /** Whether others gave their word to hold whatever has its receipt. */
  readonly isWitnessed: boolean
}

export interface ArchiverDeps {
  readonly store: Store
  /** Where blocks are kept for good; resolves when they are there. */
  readonly blocks: {
    /** Names the disk that they are on; empty for the one that the journal is on. */
    readonly repo: string
    putMany(blocks: readonly { readonly digest: Uint8Array; readonly bytes: Uint8Array }[]): Promise<void>
  }
  readonly log: Logger
}

/**
 * How long batches gather before they go over together. Nobody waits for that but anchors, which call for them; and
 * Kubo pins what comes together by one list, each of which costs it as much as 60 batches do.
 */
const GATHER_MS = 1_000
/** Most batches in one step: 32 MiB at the very most. */
const STEP = 512

/** Carries sealed batches from the journal to the blockstore, in order of arrival. */
export class Archiver implements Service {
  readonly #isWitnessed: boolean
  readonly #deps: ArchiverDeps
  readonly #abort = new AbortController()
  #cursor = ''
  #through = 0
  #stored = 0
  #moving: Promise<void> = Promise.resolve()
  #loop: Promise<void> | undefined
  #wake = () => {}

  constructor({ isWitnessed }: ArchiverOptions, deps: ArchiverDeps) {
    this.#isWitnessed = isWitnessed
    this.#deps = deps
  }

  async start(): Promise<void> {
    const { store, blocks } = this.#deps
    // The journal may be of a backup, the disk with blocks a new one: then what is fetched from nobody is put again.
    this.#cursor = blocks.repo === '' ? 'archived' : `archived ${blocks.repo}`
    this.#stored = await store.cursor(this.#cursor)
    this.#through = this.#stored === 0 ? await this.#hadElsewhere() : this.#stored
    store.onTaken(() => this.#wake())
    this.#loop ??= this.#run()
  }

  async stop(): Promise<void> {
    this.#abort.abort()
    this.#wake()
    await this.#loop
    await this.#moving.catch(() => {})
  }

  /** Arrival of the last batch that is in the blockstore. */
  get through(): number {
    return this.#through
  }

  /** Resolves when every batch up to `arrival` is in the blockstore. @throws {IpfsError | StoreError} */
  async flush(arrival: number): Promise<void> {
    const moving = this.#moving.catch(() => {}).then(() => this.#move(arrival))
    this.#moving = moving
    await moving
  }

  /** Arrival of the last batch that is not to be put where nothing was put yet. */
  async #hadElsewhere(): Promise<number> {
    const { anchors, trimmer } = this.#deps.store
    return this.#isWitnessed ? anchors.proven : await trimmer.trimmed()
  }

  async #move(arrival: number): Promise<void> {
    const { store, blocks } = this.#deps
    while (this.#through < arrival && !this.#abort.signal.aborted) {
      const last = Math.min(arrival, this.#through + STEP)
      await blocks.putMany(await store.blocks(this.#through + 1, last))
      this.#through = last
      store.release(last)
    }
    if (this.#through === this.#stored) return
    // Not synced: should it be lost, the same blocks are put again.
    await store.setCursor(this.#cursor, this.#through)
    this.#stored = this.#through
  }

  async #run(): Promise<void> {
    const { store, log } = this.#deps
    const { signal } = this.#abort
    const backoff = new Backoff({ firstMs: 200, limitMs: 10_000 })
    while (!signal.aborted) {
      if (this.#through === store.last) {
        await new Promise<void>((resolve) => {
          this.#wake = resolve
        })
      }
      try {
        await delay(GATHER_MS, undefined, { signal })
        await this.flush(store.last)
        backoff.reset()
      } catch (err) {
        if (signal.aborted) return
        log.warn({ err }, 'blocks not archived, tried again')
        await delay(backoff.nextMs(), undefined, { signal }).catch(() => {})
      }
    }
  }
}
