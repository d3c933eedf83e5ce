/** A block as far as following heads needs it. */
export interface Link {
  readonly number: number
  readonly hash: string
  readonly parentHash: string
  /** Seconds since the Unix epoch. */
  readonly timestamp: number
  /** Lower-case address; undefined where seals do not count, since the first block says all. */
  readonly sealer: string | undefined
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

  /** @param links - oldest first, one at least */
  constructor(links: readonly Link[]) {
    this.#links = [...links]
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
    return { added: links, replacedFrom: first.number <= was.number ? first.number : undefined }
  }

  /**
   * Highest block that `needed` distinct signers stand behind, having sealed it or a descendant.
   *
   * @returns undefined when that is further back than what is known
   */
  finalNumber(needed: number, signers: ReadonlySet<string>): number | undefined {
    const seen = new Set<string>()
    for (const { number, sealer } of this.#links.toReversed()) {
      if (sealer !== undefined && signers.has(sealer)) seen.add(sealer)
      if (seen.size >= needed) return number
    }
    return undefined
  }
}
