import { CodedError } from '@hygeia/protocol/errors'

/** One thing that was looked at. */
export interface Check {
  /** What is claimed, as a sentence. */
  readonly claim: string
  readonly outcome: 'true' | 'false' | 'unknown'
  /** The facts, or what is wrong. */
  readonly detail: string
  /** Name of what is wrong, for programs. */
  readonly fault?: string
}

/** `proven`: every check holds. `refuted`: one does not. `open`: none is false, but not all could be made. */
export type Outcome = 'proven' | 'refuted' | 'open'

export interface Verdict {
  readonly subject: string
  readonly outcome: Outcome
  readonly checks: readonly Check[]
  /** What nobody is to take for proven, though everything above holds: a sentence each. */
  readonly limits: readonly string[]
}

/** Whether a claim holds, the facts or what is wrong, and the name of that. */
export type Finding = readonly [holds: boolean, detail: string, fault?: string]

/** Gathers checks in order. A check that throws is unknown: no chain to ask is no proof of anything. */
export class Checks {
  readonly #checks: Check[] = []

  /** @returns whether it holds */
  note(claim: string, holds: boolean, detail: string, fault?: string): boolean {
    const isNamed = !holds && fault !== undefined
    this.#checks.push({ claim, outcome: holds ? 'true' : 'false', detail, ...(isNamed && { fault }) })
    return holds
  }

  /** Nothing speaks against it, and nothing proves it. */
  leave(claim: string, detail: string, fault?: string): void {
    this.#checks.push({ claim, outcome: 'unknown', detail, ...(fault !== undefined && { fault }) })
  }

  async ask(claim: string, look: () => Promise<Finding>): Promise<void> {
    try {
      this.note(claim, ...(await look()))
    } catch (cause) {
      const detail = cause instanceof Error ? cause.message : String(cause)
      this.leave(claim, detail, cause instanceof CodedError ? cause.code : undefined)
    }
  }

  get outcome(): Outcome {
    if (this.#checks.some(({ outcome }) => outcome === 'false')) return 'refuted'
    return this.#checks.some(({ outcome }) => outcome === 'unknown') ? 'open' : 'proven'
  }

  verdict(subject: string, limits: readonly string[] = []): Verdict {
    return { subject, outcome: this.outcome, checks: this.#checks, limits }
  }
}
