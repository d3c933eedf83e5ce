import { CliqueError } from '@hygeia/protocol/clique/errors'
import { CliqueSigners, majorityOf } from '@hygeia/protocol/clique/signers'
import { sealedBy } from '@hygeia/protocol/clique/trail'
import type { Address } from '@hygeia/protocol/ids'
import { PROOF_HEADER_LIMIT } from '@hygeia/protocol/offline-proof/offline-proof'
import { ProveError } from './errors.ts'
import type { Headers, RawHeader } from './headers.ts'

/** So many headers may lie between a checkpoint and the batch before a later checkpoint is proven instead. */
const DIRECT_HEADERS = 256
/** Headers after a checkpoint in which the signers known until then are waited for. */
const HANDOVER_HEADERS = 256

type Signers = ReadonlySet<Address>

export interface GatheredTrail {
  /** Block whose state is to be proven: the one that anchored, or a checkpoint after it. */
  readonly block: number
  readonly runs: readonly (readonly Uint8Array[])[]
}

export interface TrailOptions {
  readonly epoch: number
  /** Block of the latest anchor that is to be proven. */
  readonly anchored: number
}

/**
 * Gather headers from the genesis to a final block that is not before `anchored`, as few as prove it.
 *
 * @throws {ProveError} `NOT_FINAL_YET`, `TOO_MANY_HEADERS` or `WRONG_EPOCH`
 */
export async function gatherTrail(headers: Headers, options: TrailOptions): Promise<GatheredTrail> {
  try {
    return await gather(headers, options)
  } catch (cause) {
    if (!(cause instanceof CliqueError) || cause.detail.code !== 'CHECKPOINT_MISPLACED') throw cause
    const { block } = cause.detail
    throw new ProveError(
      `block ${block} lists signers where none would be listed, or not: say with --epoch how far apart the lists are`,
      { code: 'WRONG_EPOCH', block },
      { cause },
    )
  }
}

async function gather(headers: Headers, { epoch, anchored }: TrailOptions): Promise<GatheredTrail> {
  const head = await headers.head()
  const before = anchored - (anchored % epoch)
  const after = before + epoch
  const isFar = anchored - before > DIRECT_HEADERS
  const [start, block] = isFar && after <= head ? [after, after] : [before, anchored]
  const way = start === 0 ? [] : await handovers(headers, { epoch, start, head })
  const last = await finalRun(headers, { epoch, start, head, block, known: way.at(-1)?.signers ?? new Set() })
  const runs = [...way.map(({ run }) => run), last]
  if (runs.reduce((sum, run) => sum + run.length, 0) > PROOF_HEADER_LIMIT) {
    throw new ProveError(`too many headers lie before it: try again after block ${after}`, {
      code: 'TOO_MANY_HEADERS',
      next: after,
    })
  }
  return { block, runs: runs.map((run) => run.map(({ rlp }) => rlp)) }
}

/** From `start` until `block` is final, and a majority of those known before sealed too. */
async function finalRun(
  headers: Headers,
  { epoch, start, head, block, known }: Way & { readonly block: number; readonly known: Signers },
): Promise<readonly RawHeader[]> {
  const signers = await signersAt(headers, epoch, start)
  const run: RawHeader[] = []
  const all = new Set<Address>()
  const sealers = new Set<Address>()
  let atBlock: Signers = new Set()
  for await (const raw of headers.between(start, Math.min(head, start + PROOF_HEADER_LIMIT))) {
    const { number, sealer } = raw.header
    if (number === block) atBlock = new Set(signers.current)
    if (number > 0) signers.accept(raw.header)
    run.push(raw)
    all.add(sealer)
    if (number < block) continue
    sealers.add(sealer)
    const isFinal = [atBlock, signers.current].every((set) => isMajority(set, sealers))
    if (isFinal && (start === 0 || isMajority(known, all))) return run
  }
  throw new ProveError(`block ${block} is not final yet: try again when more signers have sealed`, {
    code: 'NOT_FINAL_YET',
    block,
  })
}

/** A piece of the way, and who may seal after it. */
interface Piece {
  readonly run: readonly RawHeader[]
  readonly signers: Signers
}

interface Way {
  readonly epoch: number
  readonly start: number
  readonly head: number
}

/** Pieces from the genesis on, until a majority of the signers after the last sealed what follows `start`. */
async function handovers(headers: Headers, way: Way): Promise<readonly Piece[]> {
  const { epoch, start } = way
  const genesis = await headers.at(0)
  const pieces: Piece[] = [{ run: [genesis], signers: new Set(genesis.header.signers) }]
  let from = 0
  for (;;) {
    const known = pieces.at(-1)?.signers ?? new Set()
    // The farthest first: most chains need one step.
    let next: Piece | undefined
    let at = start
    for (; at > from; at -= epoch) {
      next = await takeover(headers, way, at, known)
      if (next !== undefined) break
    }
    if (at === start && next !== undefined) return pieces
    if (next === undefined) {
      // Most signers changed within one epoch: all of its headers are needed.
      pieces.pop()
      at = from + epoch
      next = await whole(headers, way, from, at)
      if (at >= start) return [...pieces, next]
    }
    pieces.push(next)
    from = at
  }
}

/** The run from the checkpoint `at` until a majority of `known` sealed, if it did soon enough. */
async function takeover(
  headers: Headers,
  { epoch, head }: Way,
  at: number,
  known: Signers,
): Promise<Piece | undefined> {
  const checkpoint = await headers.at(at)
  if (!isMajority(known, new Set(checkpoint.header.signers))) return undefined
  const signers = await signersAt(headers, epoch, at)
  const run: RawHeader[] = []
  const sealers = new Set<Address>()
  for await (const raw of headers.between(at, Math.min(head, at + HANDOVER_HEADERS))) {
    signers.accept(raw.header)
    run.push(raw)
    sealers.add(raw.header.sealer)
    if (isMajority(known, sealers)) return { run, signers: signers.current }
  }
  return undefined
}

/** Every header from the checkpoint `from` to the one at `to`. */
async function whole(headers: Headers, { epoch }: Way, from: number, to: number): Promise<Piece> {
  const signers = await signersAt(headers, epoch, from)
  const run: RawHeader[] = []
  for await (const raw of headers.between(from, to)) {
    if (raw.header.number > 0) signers.accept(raw.header)
    run.push(raw)
  }
  return { run, signers: signers.current }
}

async function signersAt(headers: Headers, epoch: number, checkpoint: number): Promise<CliqueSigners> {
  return new CliqueSigners(epoch, (await headers.at(checkpoint)).header.signers)
}

function isMajority(signers: Signers, sealers: Signers): boolean {
  return sealedBy(signers, sealers) >= majorityOf(signers)
}
