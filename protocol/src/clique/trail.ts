import type { Address, Hex32 } from '../ids.ts'
import { CliqueError } from './errors.ts'
import type { CliqueHeader } from './header.ts'
import { CliqueSigners, majorityOf } from './signers.ts'

/** Consecutive headers; the first lists signers, and so does every one at an epoch. */
export type Run = readonly CliqueHeader[]

/**
 * The way from the genesis to a block of today in pieces: each run begins at a checkpoint and is sealed by a majority of
 * the signers that the run before it ended with. Runs may overlap, but each begins after the one before it did.
 */
export interface Trail {
  /** Blocks from one list of signers to the next. */
  readonly epoch: number
  /** One at least; the first begins with the genesis. */
  readonly runs: readonly Run[]
}

/** A block that cannot be replaced any more, as far as the headers after it show. */
export interface FinalBlock {
  readonly header: CliqueHeader
  /** Who may seal after the last header of the trail. */
  readonly signers: ReadonlySet<Address>
  /** Distinct signers who sealed the block or one after it. */
  readonly sealers: ReadonlySet<Address>
  /** The run that holds the block. */
  readonly run: Run
}

/**
 * Follow a trail from the genesis that is trusted to a final block.
 *
 * @param block - its number; it must be in the last run
 * @throws {CliqueError} why the trail does not lead there
 */
export function followTrail({ epoch, runs }: Trail, genesis: Hex32, block: number): FinalBlock {
  const first = runs[0]?.[0]
  if (first?.number !== 0 || first.hash !== genesis) {
    throw new CliqueError('the first header is not the genesis that you trust', {
      code: 'WRONG_GENESIS',
      genesis: first?.hash ?? genesis,
    })
  }
  let trusted: ReadonlySet<Address> = new Set(first.signers)
  let before = -1
  let followed: Followed | undefined
  for (const run of runs) {
    followed = followRun(epoch, run, block)
    const { start } = followed
    if (start <= before) throw notNext(start)
    before = start
    if (start > 0) requireHandover(followed, trusted)
    trusted = followed.signers
  }
  if (followed?.asked === undefined) {
    throw new CliqueError(`the header of block ${block} is not there`, { code: 'BLOCK_MISSING', block })
  }
  const { signers, run } = followed
  const { header, atBlock } = followed.asked
  const sealers = new Set(run.filter(({ number }) => number >= block).map(({ sealer }) => sealer))
  // By those who could seal then, and by those who can now: a vote in between makes neither of them enough.
  for (const set of [atBlock, signers]) requireFinal(block, set, sealers)
  return { header, signers, sealers, run }
}

interface Followed {
  readonly run: Run
  /** Number of its first block. */
  readonly start: number
  readonly signers: ReadonlySet<Address>
  /** The block that is asked about and who could seal it, when it is in the run. */
  readonly asked: { readonly header: CliqueHeader; readonly atBlock: ReadonlySet<Address> } | undefined
}

function followRun(epoch: number, run: Run, block: number): Followed {
  const start = run[0]
  if (start === undefined || start.signers.length === 0) {
    throw new CliqueError('a run does not begin where signers are listed', {
      code: 'CHECKPOINT_MISPLACED',
      block: start?.number ?? 0,
    })
  }
  const signers = new CliqueSigners(epoch, start.signers)
  let parent: CliqueHeader | undefined
  let asked: Followed['asked']
  for (const header of run) {
    if (parent !== undefined && !isNext(parent, header)) throw notNext(header.number)
    if (header.number === block) asked = { header, atBlock: new Set(signers.current) }
    // Nobody sealed the genesis: its hash is what is trusted.
    if (header.number > 0) signers.accept(header)
    parent = header
  }
  return { run, start: start.number, signers: signers.current, asked }
}

function isNext(parent: CliqueHeader, { number, parentHash, timestamp }: CliqueHeader): boolean {
  return number === parent.number + 1 && parentHash === parent.hash && timestamp > parent.timestamp
}

function requireHandover({ run, start: block }: Followed, trusted: ReadonlySet<Address>): void {
  const sealed = sealedBy(trusted, new Set(run.map(({ sealer }) => sealer)))
  const needed = majorityOf(trusted)
  if (sealed >= needed) return
  throw new CliqueError(
    `only ${sealed} of the ${trusted.size} signers known until then sealed what follows block ${block}, not ${needed}`,
    { code: 'HANDOVER_NOT_SEALED', block, sealed, needed },
  )
}

function requireFinal(block: number, signers: ReadonlySet<Address>, sealers: ReadonlySet<Address>): void {
  const sealed = sealedBy(signers, sealers)
  const needed = majorityOf(signers)
  if (sealed >= needed) return
  throw new CliqueError(
    `only ${sealed} of ${signers.size} signers sealed block ${block} or one after it, not ${needed}`,
    { code: 'NOT_FINAL', block, sealed, needed },
  )
}

/** How many of `signers` are among `sealers`. */
export function sealedBy(signers: ReadonlySet<Address>, sealers: ReadonlySet<Address>): number {
  return [...signers].filter((signer) => sealers.has(signer)).length
}

function notNext(block: number): CliqueError {
  return new CliqueError(`block ${block} does not follow the header before it`, {
    code: 'HEADER_NOT_NEXT',
    block,
  })
}
