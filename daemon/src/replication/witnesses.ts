import { randomBytes } from 'node:crypto'
import { sameBytes } from '@hygeia/protocol/cbor'
import { type Address, type Hex32, toHex } from '@hygeia/protocol/ids'
import { Backoff } from '@hygeia/runtime/backoff'
import type { Service } from '@hygeia/runtime/lifecycle'
import type { Logger } from '@hygeia/runtime/log'
import { Gauge, type Registry } from 'prom-client'
import type { Members } from '../consortium/members.ts'
import { METRICS } from '../metrics/names.ts'
import type { Answer } from './answers.ts'
import type { Belief } from './belief.ts'
import type { ReplicaBook } from './book.ts'
import { QUESTION_LIMIT } from './challenge.ts'
import { nameText, type ReplicaName, type ReplicaRecord } from './records.ts'
import type { Standings } from './standings.ts'
import { Wakeup } from './wakeup.ts'

export interface WitnessesOptions {
  readonly hospital: Address
  /** Other hospitals that must say to hold a batch before it gets its receipt, as far as there are any. */
  readonly needed: number
}

export interface WitnessesDeps {
  readonly members: Pick<Members, 'others' | 'onChange'>
  readonly book: ReplicaBook
  readonly standings: Pick<Standings, 'replacementOf'>
  /** @throws when the hospital does not answer, or not as it should */
  readonly ask: (
    hospital: Address,
    nonce: Hex32,
    names: readonly ReplicaName[],
    signal: AbortSignal,
  ) => Promise<readonly Answer[]>
  readonly belief: Belief
  readonly accuse: (hospital: Address, fault: string) => void
  readonly log: Logger
  readonly metrics: Registry
}

/** Between two looks for something to ask, while nothing waits for it. */
const LOOK_MS = 250
/** Between the first two questions to a hospital that has nothing new to say, and the longest between two. */
const FIRST_MS = 50
const LIMIT_MS = 10_000
/** The longest while a receipt waits: what it waits for is brought before, as a rule, and only to be judged. */
const PRESSING_MS = 100

/** Named for a hospital that says to have lost what it anchored. */
const LOST = 'MANIFEST_LOST'

/** One hospital that is asked. */
interface Interview {
  readonly wake: () => void
  readonly stop: () => void
  readonly done: Promise<void>
}

/** Asks the other hospitals what they hold, believes what they prove, and knows when a batch is held often enough. */
export class Witnesses implements Service {
  readonly #options: WitnessesOptions
  readonly #deps: WitnessesDeps
  readonly #abort = new AbortController()
  readonly #asking = new Map<Address, Interview>()
  readonly #waiting = new Map<Hex32, Set<() => void>>()
  #unlisten = () => {}

  constructor(options: WitnessesOptions, deps: WitnessesDeps) {
    this.#options = options
    this.#deps = deps
    const { book } = deps
    new Gauge({
      ...METRICS.replicationUnderReplicated,
      registers: [deps.metrics],
      collect() {
        this.set(book.statements.underReplicated)
      },
    })
  }

  async start(): Promise<void> {
    this.#unlisten = this.#deps.members.onChange(() => this.#meet())
    this.#meet()
  }

  async stop(): Promise<void> {
    this.#unlisten()
    this.#abort.abort()
    for (const { stop } of this.#asking.values()) stop()
    await Promise.all([...this.#asking.values()].map(({ done }) => done))
  }

  /**
   * Resolves when enough other hospitals say to hold what is under `root`; at once in a consortium of one.
   *
   * @throws the signal's reason
   */
  async witnessed(root: Hex32, signal: AbortSignal): Promise<void> {
    for (;;) {
      const { promise, resolve } = Promise.withResolvers<void>()
      const waiting = this.#waiting.get(root) ?? new Set()
      this.#waiting.set(root, waiting.add(resolve))
      const onAbort = () => resolve()
      signal.addEventListener('abort', onAbort, { once: true })
      try {
        signal.throwIfAborted()
        if (await this.#isEnough(root)) return
        for (const { wake } of this.#asking.values()) wake()
        await promise
      } finally {
        signal.removeEventListener('abort', onAbort)
        waiting.delete(resolve)
        if (waiting.size === 0) this.#waiting.delete(root)
      }
    }
  }

  async #isEnough(root: Hex32): Promise<boolean> {
    const { statements } = this.#deps.book
    const active = new Set(this.#deps.members.others)
    const holdings = await statements.holdings({ root, origin: this.#options.hospital })
    const witnesses = new Set(holdings.map(({ hospital }) => hospital))
    const count = [...witnesses].filter((hospital) => active.has(hospital)).length
    return count >= Math.min(this.#options.needed, active.size)
  }

  /** Begin with who is new, and end with who is suspended. */
  #meet(): void {
    const { members, book, log } = this.#deps
    const active = new Set(members.others)
    for (const [operator, { stop }] of this.#asking) {
      if (active.has(operator)) continue
      stop()
      this.#asking.delete(operator)
      book.statements.askNoMore(operator).catch((err: unknown) => log.warn({ err }, 'questions not dropped'))
    }
    for (const operator of active) if (!this.#asking.has(operator)) this.#begin(operator)
    // Fewer hospitals may be enough by now.
    for (const waiting of this.#waiting.values()) for (const resolve of waiting) resolve()
  }

  #begin(operator: Address): void {
    const abort = new AbortController()
    const wakeup = new Wakeup()
    const backoff = new Backoff({ firstMs: FIRST_MS, limitMs: LIMIT_MS })
    this.#asking.set(operator, {
      wake: () => {
        backoff.reset()
        wakeup.wake()
      },
      stop: () => {
        abort.abort()
        wakeup.wake()
      },
      done: this.#interview(operator, { backoff, wakeup, signal: abort.signal }),
    })
  }

  async #interview(
    operator: Address,
    { backoff, wakeup, signal }: { backoff: Backoff; wakeup: Wakeup; signal: AbortSignal },
  ): Promise<void> {
    const { book, log } = this.#deps
    let after: Uint8Array | undefined
    while (!signal.aborted) {
      let isIdle = false
      try {
        const { records, next } = await book.statements.toAsk(operator, QUESTION_LIMIT, after)
        after = next
        isIdle = records.length === 0 && this.#waiting.size === 0
        if (isIdle || (await this.#question(operator, records, signal)) > 0) backoff.reset()
      } catch (err) {
        if (signal.aborted) return
        log.debug({ err, hospital: operator }, 'a hospital does not answer')
      }
      const waitMs = isIdle ? LOOK_MS : backoff.nextMs()
      if (!signal.aborted) await wakeup.wait(this.#waiting.size > 0 ? Math.min(PRESSING_MS, waitMs) : waitMs)
    }
  }

  /** @returns how many of the questions are answered for good */
  async #question(
    operator: Address,
    records: readonly ReplicaRecord[],
    signal: AbortSignal,
  ): Promise<number> {
    if (records.length === 0) return 0
    const nonce = toHex(randomBytes(32)) as string as Hex32
    const names = records.map(({ root, origin }) => ({ root, origin }))
    const answers = await this.#deps.ask(operator, nonce, names, signal)
    const byName = new Map(answers.map((answer) => [nameText(answer), answer]))
    let settled = 0
    for (const record of records) {
      const answer = byName.get(nameText(record))
      if (answer !== undefined && (await this.#take(operator, record, answer, nonce))) settled++
    }
    return settled
  }

  /** @returns whether there is nothing more to ask */
  async #take(operator: Address, record: ReplicaRecord, answer: Answer, nonce: Hex32): Promise<boolean> {
    const { belief, book, accuse, log } = this.#deps
    const { root } = record
    const believed =
      record.origin === operator
        ? await belief.anchor(operator, record, answer)
        : await belief.holding(operator, record, answer, nonce)
    if (believed.outcome === 'nothing')
      return (
        (await this.#isReduced(operator, record, answer)) || (await this.#isLost(operator, record, answer))
      )
    if (believed.outcome === 'forged') {
      const { fault } = believed
      accuse(operator, fault)
      log.error({ hospital: operator, root, fault }, 'a hospital says what is not so')
      return false
    }
    if ('at' in believed.said) await book.statements.takeHolding(record, believed.said)
    else await book.statements.takeAnchor(record, believed.said)
    for (const resolve of this.#waiting.get(root) ?? []) resolve()
    return true
  }

  /** Whether the hospital that anchored it says that it is lost. It may keep back what it anchored in any case. */
  async #isLost(operator: Address, record: ReplicaRecord, { isLost }: Answer): Promise<boolean> {
    const { book, accuse, log } = this.#deps
    const { origin, root, state } = record
    if (!isLost || origin !== operator || state === 'held') return false
    await book.giveUp(record, [operator])
    accuse(operator, LOST)
    log.error({ hospital: operator, root }, 'a hospital lost what it anchored before anybody had it')
    return true
  }

  /** Whether a hospital has, of what this one erased in part, what is left of it here: it will not say to hold all of it. */
  async #isReduced(operator: Address, record: ReplicaRecord, { replacement }: Answer): Promise<boolean> {
    const { book, standings } = this.#deps
    if (replacement === undefined) return false
    const own = await standings.replacementOf(record.manifest)
    if (own === undefined || !sameBytes(own, replacement)) return false
    await book.statements.settle(operator, record)
    return true
  }
}
