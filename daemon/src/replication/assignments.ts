import type { Address } from '@hygeia/protocol/ids'
import type { Members } from '../consortium/members.ts'
import type { AnchoredBatches } from './anchored.ts'
import { type Factor, holdersOf } from './assignment.ts'
import type { Assigned, ReplicaBook } from './book.ts'
import type { ReplicaRecord } from './records.ts'

export interface AssignmentsOptions {
  /** Operator account of this hospital. */
  readonly hospital: Address
  readonly factor: Factor
}

export interface AssignmentsDeps {
  readonly members: Pick<Members, 'active'>
  readonly book: Pick<ReplicaBook, 'terms' | 'noteTerms' | 'after' | 'reassign'>
}

const AT_ONCE = 256

/** Says what this hospital is to do about manifests, and anew of all of them once the hospitals are others. */
export class Assignments {
  readonly #options: AssignmentsOptions
  readonly #deps: AssignmentsDeps
  #pass: { readonly terms: string; last: ReplicaRecord | undefined } | undefined
  #mayDiffer = true

  constructor(options: AssignmentsOptions, deps: AssignmentsDeps) {
    this.#options = options
    this.#deps = deps
  }

  of(anchored: AnchoredBatches): Assigned {
    const { hospital, factor } = this.#options
    const active = this.#deps.members.active.map(({ operator }) => operator)
    const holders = holdersOf(anchored.root, anchored.origin, active, factor)
    const isOwn = anchored.origin === hospital
    // Whoever anchored holds it in any case, and has its signed word to give for receipts.
    const ask = isOwn ? holders.filter((operator) => operator !== hospital) : [anchored.origin]
    return { anchored, isOurs: isOwn || holders.includes(hospital), ask }
  }

  /** Whether the book may have been assigned for other hospitals than there are. */
  get mayDiffer(): boolean {
    return this.#mayDiffer
  }

  /** The hospitals may be others by now. */
  changed(): void {
    this.#mayDiffer = true
  }

  /**
   * Assign what is in the book anew if it was assigned for other hospitals; some at a time, so that nothing waits for
   * millions: again as long as it `mayDiffer`.
   *
   * @throws {StoreError}
   */
  async renew(): Promise<void> {
    const { book } = this.#deps
    const before = await book.terms()
    const terms = this.#terms()
    if (before === terms) {
      this.#mayDiffer = false
      return
    }
    if (this.#pass?.terms !== terms) {
      // Cut short, or should the former hospitals come back meanwhile, all of it is assigned anew.
      await book.noteTerms('')
      this.#pass = { terms, last: undefined }
    }
    for (let count = 0; count < AT_ONCE; count++) {
      const record = await book.after(this.#pass.last)
      if (record === undefined) {
        this.#pass = undefined
        return await book.noteTerms(terms)
      }
      await book.reassign(record, this.of(record))
      this.#pass.last = record
    }
  }

  /** What assignments depend on. */
  #terms(): string {
    const operators = this.#deps.members.active.map(({ operator }) => operator)
    return [this.#options.factor, ...operators.sort()].join(' ')
  }
}
