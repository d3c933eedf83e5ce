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
  /** Lowest block that took the place of another one, until it is final. */
  #contested: number | undefined

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
    const replacedFrom = first.number <= was.number ? first.number : undefined
    if (replacedFrom !== undefined) this.#contested = Math.min(replacedFrom, this.#contested ?? replacedFrom)
    return { added: links, replacedFrom }
  }

  /**
   * Highest block that `needed` distinct signers are bound to: none of them turns to a branch without it.
   *
   * Clique's signers turn to a heavier branch, and at the same weight to the shorter one, whatever they sealed before.
   * But without `needed` of them a branch grows by one block for each of the others and then stands, each of them of
   * difficulty 2 at most, and of 1 in the place of a block that was sealed in turn. So a signer is bound to a block once
   * it sealed it, or a descendant, where this branch weighs more than that from the block on.
   *
   * Where another branch was seen, some of the signers may have sealed on that one before, and its weight is theirs
   * besides: as much as this one had when they came to it. There a signer is bound where this branch weighs more by that.
   *
   * @param signers - who may seal
   * @returns undefined when that is further back than what is known
   */
  finalNumber(needed: number, signers: ReadonlySet<string>): number | undefined {
    const others = 2 * (signers.size - needed)
    const isFinal = (link: Link) =>
      this.#boundTo(link, signers, others - (link.difficulty === IN_TURN ? 1 : 0)) >= needed
    const final = this.#links.findLast(isFinal)?.number
    const contested = this.#links[(this.#contested ?? 0) - this.oldest]
    if (final === undefined || contested === undefined || final < contested.number) return final
    for (let count = needed; count <= signers.size; count++) {
      const { joined, came } = this.#firstAt(contested, signers, count)
      if (joined.size === count && this.#boundTo(contested, joined, others + came) >= needed) {
        this.#contested = undefined
        return final
      }
    }
    return contested.number > this.oldest ? contested.number - 1 : undefined
  }

  /** How many of some signers are bound to a block. @param rivalMost - that a branch without it may weigh */
  #boundTo({ number }: Link, signers: ReadonlySet<string>, rivalMost: number): number {
    const bound = new Set<string>()
    let weight = 0
    for (const { sealer, difficulty } of this.#links.slice(number - this.oldest)) {
      weight += difficulty
      if (weight > rivalMost && sealer !== undefined && signers.has(sealer)) bound.add(sealer)
    }
    return bound.size
  }

  /** The first `count` signers that sealed a block or what follows, and the weight to which the last of them came. */
  #firstAt({ number }: Link, signers: ReadonlySet<string>, count: number) {
    const joined = new Set<string>()
    let weight = 0
    let came = 0
    for (const { sealer, difficulty } of this.#links.slice(number - this.oldest)) {
      if (joined.size === count) break
      if (sealer !== undefined && signers.has(sealer) && !joined.has(sealer)) {
        joined.add(sealer)
        came = weight
      }
      weight += difficulty
    }
    return { joined, came }
  }
}
