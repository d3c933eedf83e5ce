import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { Address } from '@hygeia/protocol/ids'
import { writeAtomic } from '@hygeia/runtime/atomic-write'
import type { Clock } from '@hygeia/runtime/clock'
import type { Logger } from '@hygeia/runtime/log'
import { z } from 'zod'
import { ProposalError } from './errors.ts'
import type { Act } from './log.ts'
import { type Motion, Proposal } from './proposal.ts'

export interface ProposalsOptions {
  readonly path: string
  /** How long one waits for its second person; a day unless told. */
  readonly lifeMs?: number
}

export interface ProposalsDeps {
  /** Does what was approved. @returns how the votes stand, where it is voted on */
  readonly carryOut: (motion: Motion) => Promise<Proposal['outcome']>
  /** Must be on the disk when it resolves. */
  readonly record: (act: Act) => Promise<void>
  readonly clock: Clock
  readonly log: Logger
}

const DAY_MS = 86_400_000
/** Proposals that wait at a time, and closed ones that are shown. */
const OPEN_LIMIT = 64
const CLOSED_LIMIT = 192
const Book = z.array(Proposal).max(OPEN_LIMIT + CLOSED_LIMIT)

/** What takes two people: one proposes, another approves in time, and only then is it done. */
export class Proposals {
  readonly #options: Required<ProposalsOptions>
  readonly #deps: ProposalsDeps
  /** Oldest first. */
  #held: readonly Proposal[] = []
  #changing: Promise<unknown> = Promise.resolve()

  constructor(options: ProposalsOptions, deps: ProposalsDeps) {
    this.#options = { lifeMs: DAY_MS, ...options }
    this.#deps = deps
  }

  async open(): Promise<void> {
    const text = await readFile(this.#options.path, 'utf8').catch((cause: unknown) => {
      if (Object(cause).code === 'ENOENT') return '[]'
      throw cause
    })
    this.#held = Book.parse(JSON.parse(text)).map((proposal) =>
      proposal.state === 'approved' ? { ...proposal, state: 'interrupted' } : proposal,
    )
  }

  /** Resolves when nothing is being carried out. */
  async idle(): Promise<void> {
    await this.#changing
  }

  /** Newest first. */
  all(): readonly Proposal[] {
    const now = this.#deps.clock.now()
    return this.#held.map((proposal) => asOf(proposal, now)).reverse()
  }

  /** @throws {ProposalError} `PROPOSAL_EXISTS`, `PROPOSAL_LIMIT` */
  propose(proposer: Address, motion: Motion, reason: string): Promise<Proposal> {
    return this.#alone(async () => {
      const open = this.all().filter(({ state }) => state === 'open')
      const same = open.find(
        (other) => other.motion.act === motion.act && other.motion.subject === motion.subject,
      )
      if (same !== undefined) {
        throw new ProposalError('proposed already', { code: 'PROPOSAL_EXISTS', id: same.id })
      }
      if (open.length >= OPEN_LIMIT) {
        throw new ProposalError('too many wait', { code: 'PROPOSAL_LIMIT', limit: OPEN_LIMIT })
      }
      const at = this.#deps.clock.now()
      const expires = at + this.#options.lifeMs
      const id = randomBytes(16).toString('hex')
      const proposal: Proposal = { id, motion, reason, proposer, at, expires, state: 'open' }
      await this.#record(proposer, 'proposed', motion)
      await this.#put([...this.#held, proposal])
      return proposal
    })
  }

  /**
   * Approve what another proposed, and have it done.
   *
   * @returns it as it is then: `carried-out` or `failed`
   * @throws {ProposalError} `PROPOSAL_UNKNOWN`, `PROPOSAL_CLOSED`, `SECOND_PERSON`
   */
  approve(id: string, approver: Address): Promise<Proposal> {
    return this.#alone(async () => {
      const proposal = this.#openOne(id)
      if (proposal.proposer === approver) {
        throw new ProposalError('proposed by the same account', { code: 'SECOND_PERSON' })
      }
      const { motion } = proposal
      const decided = { by: approver, at: this.#deps.clock.now() }
      await this.#record(approver, 'approved', motion)
      // On the disk before it is done: after a crash it is not done a second time.
      await this.#replace({ ...proposal, decided, state: 'approved' })
      const done = await this.#carryOut({ ...proposal, decided })
      await this.#replace(done)
      await this.#record(approver, done.state, motion).catch((err: unknown) => {
        this.#deps.log.warn({ err, act: motion.act }, 'what came of an approval is not in the log')
      })
      return done
    })
  }

  /** Reject what waits; whoever proposed it may also take it back. @throws {ProposalError} as `approve` */
  reject(id: string, by: Address): Promise<Proposal> {
    return this.#alone(async () => {
      const proposal = this.#openOne(id)
      await this.#record(by, 'rejected', proposal.motion)
      const rejected: Proposal = {
        ...proposal,
        decided: { by, at: this.#deps.clock.now() },
        state: 'rejected',
      }
      await this.#replace(rejected)
      return rejected
    })
  }

  async #carryOut(proposal: Proposal): Promise<Proposal> {
    try {
      const outcome = await this.#deps.carryOut(proposal.motion)
      return { ...proposal, state: 'carried-out', ...(outcome && { outcome }) }
    } catch (err) {
      const { code, detail } = Object(err) as { code?: unknown; detail?: { contractError?: unknown } }
      const fault = String(detail?.contractError ?? code ?? 'INTERNAL').slice(0, 64)
      this.#deps.log.warn({ err, act: proposal.motion.act }, 'approved, and not done')
      return { ...proposal, state: 'failed', fault }
    }
  }

  #openOne(id: string): Proposal {
    const found = this.all().find((proposal) => proposal.id === id)
    if (found === undefined) throw new ProposalError('no such proposal', { code: 'PROPOSAL_UNKNOWN' })
    if (found.state !== 'open') {
      throw new ProposalError('not open', { code: 'PROPOSAL_CLOSED', state: found.state })
    }
    return found
  }

  /** One after another: of two clicks the second finds that it is decided. */
  #alone<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#changing.then(work)
    this.#changing = done.catch(() => {})
    return done
  }

  async #replace(proposal: Proposal): Promise<void> {
    await this.#put(this.#held.map((held) => (held.id === proposal.id ? proposal : held)))
  }

  async #put(proposals: readonly Proposal[]): Promise<void> {
    const now = this.#deps.clock.now()
    const all = proposals.map((proposal) => asOf(proposal, now))
    const closed = all.filter(({ state }) => state !== 'open')
    const gone = new Set(closed.slice(0, Math.max(0, closed.length - CLOSED_LIMIT)))
    const kept = all.filter((proposal) => !gone.has(proposal))
    await writeAtomic(this.#options.path, `${JSON.stringify(kept, undefined, 2)}\n`)
    this.#held = kept
  }

  #record(by: Address, act: string, { act: about, subject }: Motion): Promise<void> {
    return this.#deps.record({ by, act, about, subject })
  }
}

function asOf(proposal: Proposal, now: number): Proposal {
  return proposal.state === 'open' && proposal.expires <= now ? { ...proposal, state: 'expired' } : proposal
}
