/** One thing that was looked at. */
export interface Check {
  /** What is claimed, as a sentence. */
  readonly claim: string
  readonly outcome: 'true' | 'false' | 'unknown'
  /** The facts, or what is wrong. */
  readonly detail: string
}

/** `proven`: every check holds. `refuted`: one does not. `open`: none is false, but not all could be made. */
export type Outcome = 'proven' | 'refuted' | 'open'

export interface Verdict {
  readonly subject: string
  readonly outcome: Outcome
  readonly checks: readonly Check[]
}

/** Gathers checks in order. A check that throws is unknown: no chain to ask is no proof of anything. */
export class Checks {
  readonly #checks: Check[] = []

  /** @returns whether it holds */
  note(claim: string, holds: boolean, detail: string): boolean {
    this.#checks.push({ claim, outcome: holds ? 'true' : 'false', detail })
    return holds
  }

  /** @param look - whether the claim holds, and the facts */
  async ask(claim: string, look: () => Promise<readonly [holds: boolean, detail: string]>): Promise<void> {
    try {
      const [holds, detail] = await look()
      this.note(claim, holds, detail)
    } catch (cause) {
      const detail = cause instanceof Error ? cause.message : String(cause)
      this.#checks.push({ claim, outcome: 'unknown', detail })
    }
  }

  verdict(subject: string): Verdict {
    const isFalse = this.#checks.some(({ outcome }) => outcome === 'false')
    const isOpen = this.#checks.some(({ outcome }) => outcome === 'unknown')
    return { subject, outcome: isFalse ? 'refuted' : isOpen ? 'open' : 'proven', checks: this.#checks }
  }
}
