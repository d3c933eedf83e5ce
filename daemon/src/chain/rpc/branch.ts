import { isFinal, type SealedBlock } from '../clique/finality.ts'

/** A block as far as following heads needs it. */
export interface Link extends SealedBlock {
  readonly number: number
  readonly hash: string
  readonly parentHash: string
  /** Seconds since the Unix epoch. */
  readonly timestamp: number
}

/** How a node's chain went on, or elsewhere. */
export interface Turn {
  /** Blocks that are new on the branch, oldest first. */
  readonly added: readonly Link[]
  /** Number of the first block that another one took the place of; undefined when the chain only grew. */
  readonly replacedFrom: number | undefined
}

/** Blocks kept to find where a fork began. */
const KEPT = 256

/** The newest blocks of a chain, each the parent of the next. */
export class Branch {
  #links: Link[]
  /** Number of the newest block that is final; undefined when it is older than what is known. */
  #final: number | undefined

  /** @param links - oldest first, one at least */
  constructor(links: readonly Link[]) {
    this.#links = [...links]
    this.#final = this.#firstFinal
  }

  get tip(): Link {
    const tip = this.#links.at(-1)
    if (tip === undefined) throw new Error('a branch without blocks')
    return tip
  }

  /** Number of the oldest block that is still known. */
  get oldest(): number {
    return this.#links[0]?.number ?? 0
  }

  /** @returns undefined when the block is older than what is known, or newer */
  hashAt(number: number): string | undefined {
    return this.#links[number - this.oldest]?.hash
  }

  holds(number: number, hash: string): boolean {
    return this.hashAt(number) === hash
  }

  /** @param links - oldest first; the first one's parent is on this branch, or the branch begins anew with it */
  turnTo(links: readonly Link[]): Turn {
    const [first] = links
    if (first === undefined) return { added: [], replacedFrom: undefined }
    const was = this.tip
    const isJoined = this.holds(first.number - 1, first.parentHash)
    const kept = isJoined ? this.#links.slice(0, first.number - this.oldest) : []
    this.#links = [...kept, ...links].slice(-KEPT)
    const replacedFrom = first.number <= was.number ? first.number : undefined
    if (!isJoined) this.#final = this.#firstFinal
    else if (this.#final !== undefined) this.#final = Math.min(this.#final, first.number - 1)
    return { added: links, replacedFrom }
  }

  /**
   * Highest block that a majority of the signers is bound to, as to all before it.
   *
   * A block is asked about at each end that its branch had since, for what is once final stays so, and the fewer blocks
   * there are, the less of what may have been sealed elsewhere has to be thought possible.
   *
   * @param signers - who may seal
   * @returns undefined when that is further back than what is known
   */
  finalNumber(signers: ReadonlySet<string>): number | undefined {
    const before = this.oldest - 1
    for (let next = Math.max(this.#final ?? before, before) + 1; this.#isFinal(next, signers); next++) {
      this.#final = next
    }
    return this.#final !== undefined && this.#final >= this.oldest ? this.#final : undefined
  }

  #isFinal(number: number, signers: ReadonlySet<string>): boolean {
    const links = this.#links.slice(number - this.oldest)
    return links.some((_, newest) => isFinal(links.slice(0, newest + 1), signers))
  }

  /** The first block of a chain is what all agree on. */
  get #firstFinal(): number | undefined {
    return this.oldest === 0 ? 0 : undefined
  }
}
