import type { AuditEntry } from '@hygeia/protocol/audit/entry'
import type { Address } from '@hygeia/protocol/ids'

/** What a hospital did that a physician should know of. */
export type Misconduct =
  /** No answer within the time allowed. */
  | { readonly code: 'SILENT'; readonly limitMs: number }
  /** No connection. */
  | { readonly code: 'UNREACHABLE' }
  /** In the grant, but nobody told this client its address. */
  | { readonly code: 'NO_ADDRESS' }
  /** Said no; `problem` is its own code for why. */
  | { readonly code: 'REFUSED'; readonly problem: string }
  /** Something else than the interface says. */
  | { readonly code: 'BAD_ANSWER' }
  /** Answered without owning to it in its audit log, which the patient is to see. */
  | { readonly code: 'NO_AUDIT_ENTRY' }
  /** cfrags that were not made from the capsule under this grant. */
  | { readonly code: 'FORGED_CFRAGS' }
  /** Genuine cfrags of another dealing, which open nothing together with those of this grant. */
  | { readonly code: 'FOREIGN_CFRAGS' }
  /** No cfrag for a capsule of a batch that it says it holds. */
  | { readonly code: 'WITHHELD_CFRAGS' }
  /** Does not hold the batch, or not yet. */
  | { readonly code: 'BATCH_MISSING' }
  /** Other bytes than a CID stands for. */
  | { readonly code: 'WRONG_BLOCKS' }
  /** A grant whose document is not what its hash says, or is for somebody else. */
  | { readonly code: 'FORGED_GRANT' }

/** Those that no honest hospital does, whatever its load and its network. */
const LIES: ReadonlySet<Misconduct['code']> = new Set([
  'BAD_ANSWER',
  'NO_AUDIT_ENTRY',
  'FORGED_CFRAGS',
  'FOREIGN_CFRAGS',
  'WITHHELD_CFRAGS',
  'WRONG_BLOCKS',
  'FORGED_GRANT',
])

/** How often one hospital did one thing. */
export interface Observed {
  readonly hospital: Address
  readonly misconduct: Misconduct
  readonly times: number
  readonly isLie: boolean
}

/** How the hospitals behaved, over everything that was asked of them. */
export class Conduct {
  readonly #observed = new Map<string, Observed>()
  readonly #entries: AuditEntry[] = []

  saw(hospital: Address, misconduct: Misconduct): void {
    const name = `${hospital} ${misconduct.code} ${'problem' in misconduct ? misconduct.problem : ''}`
    const times = (this.#observed.get(name)?.times ?? 0) + 1
    this.#observed.set(name, { hospital, misconduct, times, isLie: LIES.has(misconduct.code) })
  }

  /** A hospital owned to an answer in its audit log. */
  answered(entry: AuditEntry): void {
    this.#entries.push(entry)
  }

  /** What the hospitals' audit logs have of these answers, each by the hospital's signed word. */
  get entries(): readonly AuditEntry[] {
    return this.#entries
  }

  get report(): readonly Observed[] {
    return [...this.#observed.values()]
  }

  /** Those that behaved so far, then those that were away, then those that lied; else in the order given. */
  ranked<T>(list: readonly T[], hospitalOf: (item: T) => Address): readonly T[] {
    const rank = (item: T) => {
      const seen = this.report.filter(({ hospital }) => hospital === hospitalOf(item))
      if (seen.some(({ isLie }) => isLie)) return 2
      return seen.length > 0 ? 1 : 0
    }
    return list.toSorted((one, other) => rank(one) - rank(other))
  }
}

/** One line for whoever reads, such as `0x5aae… sent forged cfrags (12 times)`. */
export function describe({ hospital, misconduct, times }: Observed): string {
  const often = times === 1 ? '' : ` (${times} times)`
  return `${hospital} ${deedOf(misconduct)}${often}`
}

function deedOf(misconduct: Misconduct): string {
  switch (misconduct.code) {
    case 'SILENT':
      return `did not answer within ${misconduct.limitMs / 1_000} s`
    case 'UNREACHABLE':
      return 'cannot be reached'
    case 'NO_ADDRESS':
      return 'has no known address: `hygeia hospitals add` tells it'
    case 'REFUSED':
      return `refused: ${misconduct.problem}`
    case 'BAD_ANSWER':
      return 'answered something that is no answer'
    case 'NO_AUDIT_ENTRY':
      return 'answered without its signed audit entry'
    case 'FORGED_CFRAGS':
      return 'sent forged cfrags'
    case 'FOREIGN_CFRAGS':
      return 'sent cfrags of another dealing'
    case 'WITHHELD_CFRAGS':
      return 'kept cfrags back'
    case 'BATCH_MISSING':
      return 'does not hold a batch, or not yet'
    case 'WRONG_BLOCKS':
      return 'gave other bytes than were asked for'
    case 'FORGED_GRANT':
      return 'showed a grant that is none'
  }
}
