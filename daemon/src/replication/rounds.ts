import { type Clock, sleep } from '@hygeia/runtime/clock'
import type { Service } from '@hygeia/runtime/lifecycle'
import type { Logger } from '@hygeia/runtime/log'
import { Counter, type Registry } from 'prom-client'
import type { IpfsNode } from '../ipfs/node.ts'
import { METRICS } from '../metrics/names.ts'
import type { ReplicaBook } from './book.ts'
import type { Fetcher } from './fetcher.ts'
import type { ReplicaRecord } from './records.ts'
import type { Replicator } from './replicator.ts'

export interface RoundsDeps {
  readonly book: Pick<ReplicaBook, 'wanted' | 'after' | 'lose' | 'lookedAt' | 'noteLookedAt'>
  readonly ipfs: Pick<IpfsNode, 'repo'>
  readonly fetcher: Pick<Fetcher, 'missing'>
  readonly replicator: Pick<Replicator, 'wake'>
  readonly clock: Clock
  readonly log: Logger
  readonly metrics: Registry
}

/** Between two manifests; more for large ones, so that a round costs a few hundredths of a processor at most. */
const REST_MS = 1_000
const REST_MS_PER_BATCH = 1

/**
 * Looks, manifest after manifest and without haste, whether all that is held is still here; what is gone is fetched.
 *
 * On another disk with blocks than the book was written beside, as after a restore, what the book says to be held is
 * not there, and nobody may be left to believe it for the days that a round takes: the first round goes without rest.
 */
export class Rounds implements Service {
  readonly #deps: RoundsDeps
  readonly #abort = new AbortController()
  readonly #repairs: Counter
  #loop: Promise<void> | undefined

  constructor(deps: RoundsDeps) {
    this.#deps = deps
    this.#repairs = new Counter({
      ...METRICS.replicationRepairsTotal,
      registers: [deps.metrics],
    })
  }

  async start(): Promise<void> {
    this.#loop ??= this.#run()
  }

  async stop(): Promise<void> {
    this.#abort.abort()
    await this.#loop
  }

  async #run(): Promise<void> {
    const { book, ipfs, clock, log } = this.#deps
    const { signal } = this.#abort
    let last: ReplicaRecord | undefined
    let isHasty: boolean | undefined
    while (!signal.aborted) {
      let restMs = REST_MS
      try {
        isHasty ??= (await book.lookedAt()) !== ipfs.repo
        const began = clock.monotonic()
        last = await this.#look(last, isHasty)
        // Half of the time is left to others.
        if (isHasty) restMs = clock.monotonic() - began
        else restMs += (last?.count ?? 0) * REST_MS_PER_BATCH
        if (isHasty && last === undefined) {
          isHasty = false
          await book.noteLookedAt(ipfs.repo)
          log.info(
            { wanted: book.wanted },
            'all that is held was looked for on a disk with blocks that is new here',
          )
        }
      } catch (err) {
        if (!signal.aborted) log.warn({ err }, 'what is held was not looked at')
      }
      await sleep(clock, restMs, signal).catch(() => {})
    }
  }

  /**
   * @param isExpected - that things are gone: nobody needs a line for each
   * @returns the manifest after `last`, once it was looked at; undefined at the end of a round
   */
  async #look(last: ReplicaRecord | undefined, isExpected: boolean): Promise<ReplicaRecord | undefined> {
    const { book, fetcher, replicator, log } = this.#deps
    const record = await book.after(last)
    if (record?.state !== 'held') return record
    const missing = await fetcher.missing(record.manifest, this.#abort.signal)
    if (missing > 0) {
      log[isExpected ? 'debug' : 'warn'](
        { root: record.root, missing },
        'blocks are gone from this disk, fetched again',
      )
      this.#repairs.inc()
      await book.lose(record)
      replicator.wake()
    }
    return record
  }
}
