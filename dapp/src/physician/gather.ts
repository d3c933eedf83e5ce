import type { Address } from '@hygeia/protocol/ids'
import type { Place } from '../hospital/place.ts'
import { within } from '../hospital/within.ts'
import { askProxy, misconductIn, type ProxyCfrags, type Question } from './ask.ts'
import { Conduct, describe, type Misconduct } from './conduct.ts'
import { PhysicianError } from './errors.ts'

/** How long is waited, for a request of so many batches, ms. */
export interface Patience {
  /** For one proxy's answer. */
  readonly limitMs: (batches: number) => number
  /** Until another proxy is asked as well. */
  readonly hedgeMs: (batches: number) => number
}

/** A proxy makes some hundred cfrags a second at the least, and may queue a little while. */
export const PATIENCE: Patience = {
  limitMs: (batches) => 15_000 + 4 * batches,
  hedgeMs: (batches) => 1_500 + 2 * batches,
}

export interface GatherOptions {
  readonly conduct?: Conduct
  readonly patience?: Patience
}

/**
 * The answers to one question, asked of as many of a grant's proxies as it takes: of the threshold's number at once,
 * and of another whenever one fails, lies or takes its time. Fewer requests are fewer lines in the patient's audit.
 */
export class Gathering {
  readonly #question: Question
  readonly #conduct: Conduct
  readonly #patience: Patience
  readonly #left: Place[]
  readonly #answers: ProxyCfrags[] = []
  readonly #asked = new Set<Promise<void>>()
  readonly #failed: {
    readonly hospital: Address
    readonly misconduct: Misconduct
    readonly cause: unknown
  }[] = []
  #unexpected: { readonly cause: unknown } | undefined

  constructor(question: Question, proxies: readonly Place[], options: GatherOptions = {}) {
    const { conduct = new Conduct(), patience = PATIENCE } = options
    this.#question = question
    this.#conduct = conduct
    this.#patience = patience
    const { grant } = question.held
    const named = grant.proxies.flatMap(({ hospital: name }) => {
      const proxy = proxies.find(({ hospital }) => hospital.hospital === name)
      if (proxy === undefined) this.#fail(name, { code: 'NO_ADDRESS' }, undefined)
      return proxy === undefined ? [] : [proxy]
    })
    // In the order in which they were handed in, the physician's own hospital first.
    named.sort((one, other) => proxies.indexOf(one) - proxies.indexOf(other))
    this.#left = [...conduct.ranked(named, ({ hospital }) => hospital.hospital)]
    for (let count = 0; count < grant.threshold; count++) this.#askNext()
  }

  /**
   * The answer that came in at this place, from 0; asks further proxies when there is none yet.
   *
   * @returns undefined when there are no more
   */
  async answer(index: number): Promise<ProxyCfrags | undefined> {
    for (;;) {
      if (this.#unexpected !== undefined) throw this.#unexpected.cause
      const held = this.#answers[index]
      if (held !== undefined) return held
      while (this.#answers.length + this.#asked.size <= index && this.#left.length > 0) this.#askNext()
      if (this.#asked.size === 0) return undefined
      if (!(await this.#somethingCame())) this.#askNext()
    }
  }

  /**
   * Resolves when as many answered as the threshold asks for.
   *
   * @throws {HospitalError} the refusal, when that is what all of them said
   * @throws {PhysicianError} `TOO_FEW_PROXIES` naming each that did not answer, and why
   */
  async enough(): Promise<void> {
    const { threshold, proxies } = this.#question.held.grant
    if ((await this.answer(threshold - 1)) !== undefined) return
    const [first, ...others] = this.#failed
    const isUnanimous =
      this.#failed.length === proxies.length &&
      first?.cause !== undefined &&
      others.every(({ misconduct }) => sameWord(misconduct, first.misconduct))
    if (isUnanimous) throw first.cause
    const answered = this.#answers.length
    const reasons = this.#failed.map(({ hospital, misconduct }) =>
      describe({ hospital, misconduct, times: 1, isLie: false }),
    )
    throw new PhysicianError(
      `${answered} of the grant's ${proxies.length} hospitals answered, ${threshold} are needed: ` +
        `${reasons.join('; ')}. Try again when more are up`,
      { code: 'TOO_FEW_PROXIES', answered, threshold, reasons },
      { cause: first?.cause },
    )
  }

  #askNext(): void {
    const proxy = this.#left.shift()
    if (proxy === undefined) return
    const { hospital } = proxy.hospital
    const limitMs = this.#patience.limitMs(this.#question.cids.length)
    const asked = within(limitMs, proxy.hospital.client.transport.base, (signal) =>
      askProxy(this.#question, proxy, signal),
    )
      .then((answer) => {
        this.#answers.push(answer)
        this.#conduct.answered(answer.entry)
      })
      .catch((cause: unknown) => this.#fail(hospital, misconductIn(cause), cause))
      .catch((cause: unknown) => {
        this.#unexpected = { cause }
      })
      .finally(() => this.#asked.delete(asked))
    this.#asked.add(asked)
  }

  #fail(hospital: Address, misconduct: Misconduct, cause: unknown): void {
    this.#failed.push({ hospital, misconduct, cause })
    this.#conduct.saw(hospital, misconduct)
  }

  /** @returns false when nobody answered or failed for so long that another should be asked */
  async #somethingCame(): Promise<boolean> {
    if (this.#left.length === 0) {
      await Promise.race(this.#asked)
      return true
    }
    const { promise: isLate, resolve } = Promise.withResolvers<boolean>()
    const timer = setTimeout(() => resolve(false), this.#patience.hedgeMs(this.#question.cids.length))
    try {
      return await Promise.race([...[...this.#asked].map((one) => one.then(() => true)), isLate])
    } finally {
      clearTimeout(timer)
    }
  }
}

function sameWord(one: Misconduct, other: Misconduct): boolean {
  const problem = (misconduct: Misconduct) => ('problem' in misconduct ? misconduct.problem : '')
  return one.code === other.code && problem(one) === problem(other)
}
