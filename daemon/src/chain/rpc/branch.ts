/** A block as far as following heads needs it. */
export interface Link {
  readonly number: number
  readonly hash: string
  readonly parentHash: string
  /** Seconds since the Unix epoch. */
  readonly timestamp: number
  /** Lower-case address; undefined where seals do not count, since the first block says all. */
  readonly sealer: string | undefined
  /** 2 when it was sealed in turn, 1 when not (EIP-225). */
  readonly difficulty: number
}

/** How a node's chain went on, or elsewhere. */
export interface Turn {
  /** Blocks that are new on the branch, oldest first. */
  readonly added: readonly Link[]
  /** Number of the first block that another one took the place of; undefined when the chain only grew. */
  readonly replacedFrom: number | undefined
}

/** Difficulty of a block whose sealer's turn it was; that of any other is 1. */
const IN_TURN = 2
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
   * Highest block that `needed` distinct signers are bound to: none of them turns to a branch without it.
   *
   * Clique's signers turn to a heavier branch, and at the same weight to the shorter one, whatever they sealed before.
   * But without `needed` of them a branch grows by one block for each of the others and then stands, each of them of
   * difficulty 2 at most, and of 1 in the place of a block that was sealed in turn. So a signer is bound to a block once
   * it sealed it, or a descendant, where this branch weighs more than that from the block on.
   *
   * @param signers - who may seal
   * @returns undefined when that is further back than what is known
   */
  finalNumber(needed: number, signers: ReadonlySet<string>): number | undefined {
    for (let at = this.#links.length - 1; at >= 0; at--) {
      const link = this.#links[at]
      if (link !== undefined && this.#boundTo(at, 2 * (signers.size - needed), signers) >= needed) {
        return link.number
      }
    }
    return undefined
  }

  /** How many signers are bound to the block at a place. @param rivalMost - that a branch without it may weigh */
  #boundTo(at: number, rivalMost: number, signers: ReadonlySet<string>): number {
    const bound = new Set<string>()
    let weight = 0
    const isInTurn = this.#links[at]?.difficulty === IN_TURN
    for (const { sealer, difficulty } of this.#links.slice(at)) {
      weight += difficulty
      const isHeavier = weight > rivalMost - (isInTurn ? 1 : 0)
      if (isHeavier && sealer !== undefined && signers.has(sealer)) bound.add(sealer)
    }
    return bound.size
  }
}
