import type { ListedBatch } from '@hygeia/dapp/hospital/answers'
import type { Conduct } from '@hygeia/dapp/physician/conduct'
import { Library, type TimeRange } from '@hygeia/dapp/physician/library'
import { type NamedGrant, Opening } from '@hygeia/dapp/physician/opening'
import type { Physician } from '@hygeia/dapp/physician/physician'
import type { Hex32 } from '@hygeia/protocol/ids'
import { REQUEST_BATCH_LIMIT } from '@hygeia/protocol/request/request'
import type { Source } from '../../readings/source.ts'

export interface GrantedDeps {
  readonly physician: () => Promise<Physician>
  /** Those of one patient that stand right now. */
  readonly grants: () => readonly NamedGrant[]
  /** Where it is noted how the hospitals behaved. */
  readonly conduct: Conduct
  /** What was asked for was given, or not, and why. */
  readonly onGiven: () => void
  readonly onRefused: (cause: unknown) => void
}

/** What one patient's grants let this physician open: a batch that two of them cover is asked for under one. */
export class GrantedSource implements Source {
  readonly #deps: GrantedDeps
  readonly #openings = new Map<Hex32, Opening>()

  constructor(deps: GrantedDeps) {
    this.#deps = deps
  }

  async *list(range: TimeRange): AsyncGenerator<readonly ListedBatch[]> {
    const { grants, conduct } = this.#deps
    const library = new Library((await this.#deps.physician()).hospitals, conduct)
    const seen = new Set<string>()
    for (const held of grants()) {
      for await (const chunk of this.#noting(library.list(held, range))) {
        const fresh = chunk.filter(({ cid }) => !seen.has(cid))
        for (const { cid } of fresh) seen.add(cid)
        if (fresh.length > 0) yield fresh
      }
    }
  }

  async *open(listed: readonly ListedBatch[]) {
    const physician = await this.#deps.physician()
    const held = this.#deps.grants()
    const byGrant = Map.groupBy(listed, (batch) => held.find((grant) => covers(grant, batch)))
    for (const [grant, batches] of byGrant) {
      if (grant === undefined) continue
      const opening = this.#opening(physician, grant)
      for (let start = 0; start < batches.length; start += REQUEST_BATCH_LIMIT) {
        yield* this.#noting(opening.openUndated(batches.slice(start, start + REQUEST_BATCH_LIMIT)))
      }
    }
  }

  #opening(physician: Physician, held: NamedGrant): Opening {
    const { conduct } = this.#deps
    const { hospitals } = physician
    const library = new Library(hospitals, conduct)
    const opening =
      this.#openings.get(held.hash) ?? new Opening(physician, held, { proxies: hospitals, library, conduct })
    this.#openings.set(held.hash, opening)
    return opening
  }

  async *#noting<T>(items: AsyncGenerator<T>): AsyncGenerator<T> {
    try {
      yield* items
      this.#deps.onGiven()
    } catch (cause) {
      this.#deps.onRefused(cause)
      throw cause
    }
  }
}

function covers({ grant }: NamedGrant, { label, from, to }: ListedBatch): boolean {
  return (
    from >= grant.dataFrom && to <= grant.dataTo && grant.labels.some((labelled) => labelled.label === label)
  )
}
