/** What finality needs to know of a block. */
export interface SealedBlock {
  /** Lower-case address; undefined where seals do not count. */
  readonly sealer: string | undefined
  /** 2 when it was sealed in turn, 1 when not (EIP-225). */
  readonly difficulty: number
}

/** Where a branch ends, counted from the parent of the block that is asked about. */
interface Tip {
  readonly weight: number
  readonly length: number
}

/** A signer's blocks on this branch. */
interface Seals {
  /** Parent of the first one; undefined when there is none. */
  readonly came: Tip | undefined
  readonly last: Tip | undefined
}

/** A branch without the block. */
interface Rival extends Tip {
  /** Blocks at its end by signers that are not bound. */
  readonly run: number
}

const IN_TURN = 2

/**
 * Whether a majority of the signers is bound to a block: none of them can turn to a branch without it any more.
 *
 * Clique's signers turn to a heavier branch, and at the same weight to one that is not longer, whatever they sealed
 * before. So a signer is bound while no branch without the block can beat the last that it sealed here. Such a branch
 * need not have been seen here. It has blocks of signers that are not bound, each of which seals once in a row at most,
 * and blocks that bound ones sealed before they came here, when it did not beat this branch yet. A height has one signer
 * who seals it with difficulty 2.
 *
 * Taken for granted is that nobody seals twice on one parent, or comes here, leaves, seals elsewhere and comes again
 * within the few blocks that this is about.
 *
 * @param blocks - the block, and all that follow it, oldest first
 * @param signers - who may seal
 * @see EIP-225; go-ethereum 1.13 `core/forkchoice.go` for what a signer turns to
 */
export function isFinal(blocks: readonly SealedBlock[], signers: ReadonlySet<string>): boolean {
  const sealed = sealsOf(blocks, signers)
  const mostUnbound = signers.size - (Math.floor(signers.size / 2) + 1)
  const unbound = new Set<string>()
  while (unbound.size <= mostUnbound) {
    const leaving = leavers(blocks, sealed, unbound)
    if (leaving.size === 0) return true
    for (const signer of leaving) unbound.add(signer)
  }
  return false
}

function sealsOf(blocks: readonly SealedBlock[], signers: ReadonlySet<string>): ReadonlyMap<string, Seals> {
  const sealed = new Map<string, Seals>(
    [...signers].map((signer) => [signer, { came: undefined, last: undefined }]),
  )
  let parent: Tip = { weight: 0, length: 0 }
  for (const { sealer, difficulty } of blocks) {
    const last = { weight: parent.weight + difficulty, length: parent.length + 1 }
    const before = sealer === undefined ? undefined : sealed.get(sealer)
    if (sealer !== undefined && before) sealed.set(sealer, { came: before.came ?? parent, last })
    parent = last
  }
  return sealed
}

/** Who, beside the unbound signers, would turn to some branch without the block. */
function leavers(
  blocks: readonly SealedBlock[],
  sealed: ReadonlyMap<string, Seals>,
  unbound: ReadonlySet<string>,
): ReadonlySet<string> {
  const leaving = new Set<string>()
  const rivals = new Map<string, Rival>()
  const grow = (rival: Rival) => rivals.set(`${rival.weight} ${rival.length} ${rival.run}`, rival)
  grow({ weight: 0, length: 0, run: 0 })
  // A map visits what is added meanwhile as well.
  for (const rival of rivals.values()) {
    for (const [signer, { came, last }] of sealed) {
      const isUnbound = unbound.has(signer)
      const turns = last === undefined || beats(rival, last)
      if (turns && !isUnbound) leaving.add(signer)
      const run = isUnbound ? rival.run + 1 : 0
      if (run > unbound.size) continue
      for (const difficulty of difficultiesOf(signer, blocks[rival.length])) {
        const next = { weight: rival.weight + difficulty, length: rival.length + 1, run }
        if ((turns && isUnbound) || (came !== undefined && beats(came, next))) grow(next)
      }
    }
  }
  return leaving
}

/** What a signer's block may weigh. @param block - of the same height here, where whose turn it is shows */
function difficultiesOf(signer: string, block: SealedBlock | undefined): readonly number[] {
  const isOwn = block?.sealer === signer
  if (block?.difficulty === IN_TURN) return isOwn ? [IN_TURN] : [1]
  return isOwn ? [1] : [1, IN_TURN]
}

function beats(one: Tip, other: Tip): boolean {
  return one.weight > other.weight || (one.weight === other.weight && one.length <= other.length)
}
