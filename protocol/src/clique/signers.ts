import type { Address } from '../ids.ts'
import { CliqueError } from './errors.ts'
import type { CliqueHeader } from './header.ts'

interface Vote {
  readonly by: Address
  readonly on: Address
  readonly isIn: boolean
}

/** Signers needed so that no other half of them can have sealed another block: ⌊n/2⌋+1. */
export function majorityOf(signers: ReadonlySet<Address>): number {
  return Math.floor(signers.size / 2) + 1
}

/**
 * Who may seal, followed block by block: the signers at a checkpoint, and the votes after it.
 *
 * @see EIP-225, "Voting on signers"; the order in which votes are discarded is geth's (consensus/clique/snapshot.go),
 *   because the signers of a running chain are what that code says
 */
export class CliqueSigners {
  readonly #epoch: number
  readonly #signers: Set<Address>
  #votes: readonly Vote[] = []
  /** Who sealed which of the last blocks, as far as they were seen. */
  readonly #recent = new Map<number, Address>()

  /**
   * @param epoch - blocks from one list of signers to the next
   * @param listed - by the genesis or a checkpoint
   */
  constructor(epoch: number, listed: readonly Address[]) {
    this.#epoch = epoch
    this.#signers = new Set(listed)
  }

  get current(): ReadonlySet<Address> {
    return this.#signers
  }

  /** Judge a header by the signers before it, and count its vote. @throws {CliqueError} why it is refused */
  accept(header: CliqueHeader): void {
    const { number, sealer } = header
    this.#requireList(header)
    this.#recent.delete(number - majorityOf(this.#signers))
    if (!this.#signers.has(sealer)) {
      throw new CliqueError(`block ${number} is sealed by ${sealer}, which was no signer there`, {
        code: 'SEALER_NOT_A_SIGNER',
        block: number,
        sealer,
      })
    }
    if ([...this.#recent.values()].includes(sealer)) {
      throw new CliqueError(`block ${number} is sealed by ${sealer}, whose turn it cannot have been yet`, {
        code: 'SEALED_TOO_SOON',
        block: number,
        sealer,
      })
    }
    this.#requireDifficulty(header)
    this.#recent.set(number, sealer)
    this.#count({ by: sealer, on: header.candidate, isIn: header.isVoteIn }, number)
  }

  #requireList({ number, signers }: CliqueHeader): void {
    if (signers.length > 0 !== (number % this.#epoch === 0)) {
      throw new CliqueError(`block ${number} lists signers out of place, or not where it has to`, {
        code: 'CHECKPOINT_MISPLACED',
        block: number,
      })
    }
    if (signers.length === 0) return
    this.#votes = []
    if (signers.length === this.#signers.size && signers.every((signer) => this.#signers.has(signer))) return
    throw new CliqueError(`the signers that block ${number} lists are not those that the votes led to`, {
      code: 'CHECKPOINT_NOT_VOTED',
      block: number,
    })
  }

  #requireDifficulty({ number, sealer, difficulty }: CliqueHeader): void {
    const turn = [...this.#signers].sort().indexOf(sealer)
    if (difficulty === (number % this.#signers.size === turn ? 2 : 1)) return
    throw new CliqueError(`block ${number} has a difficulty that is not its sealer's`, {
      code: 'WRONG_DIFFICULTY',
      block: number,
      sealer,
    })
  }

  #count(vote: Vote, number: number): void {
    const { by, on, isIn } = vote
    this.#votes = this.#votes.filter((held) => held.by !== by || held.on !== on)
    // Out with who is no signer, or in with who is one already: nothing to count.
    if (this.#signers.has(on) !== isIn) this.#votes = [...this.#votes, vote]
    // Also then: with fewer signers than when they were cast, older votes may be enough by now.
    const votes = this.#votes.filter((held) => held.on === on).length
    if (votes < majorityOf(this.#signers)) return
    const isOut = this.#signers.has(on)
    if (isOut) {
      this.#signers.delete(on)
      this.#recent.delete(number - majorityOf(this.#signers))
    } else this.#signers.add(on)
    this.#votes = this.#votes.filter((held) => held.on !== on && (!isOut || held.by !== on))
  }
}
