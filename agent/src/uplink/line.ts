import type { Clock } from '@hygeia/runtime/clock'
import { UplinkError } from './errors.ts'
import type { Uplink, UplinkEvents, UplinkStatus } from './uplink.ts'

/** A hospital that batches may be sent to. */
export interface Destination {
  /** Two with the same lead to the same place. */
  readonly key: string
  /** Under which status names it, such as `host:port`. */
  readonly name: string
  /** A new way to it each time: an uplink that was stopped does not start again. */
  readonly open: () => Uplink
}

export interface LineDeps {
  readonly clock: Clock
  readonly events: UplinkEvents
}

const NOT_OPEN = { isUp: false, lastFault: undefined, connects: 0 }

/** One hospital, the way to it while that is open, and how it has answered lately. Times are monotonic ms. */
export class Line {
  readonly destination: Destination
  readonly #deps: LineDeps
  readonly #waiting = new Set<(cause: Error) => void>()
  #uplink: Uplink | undefined
  #isLinked = false
  #connectsBefore = 0
  /** Something was asked, or connecting was begun, and nothing has been heard since. */
  #unansweredSince: number | undefined
  /** Batches were put off, and none was received since. */
  #busySince: number | undefined
  #isProbing = false
  #probedAt = Number.NEGATIVE_INFINITY
  #failedProbes = 0
  #goodSince: number | undefined
  #lastTookAt = Number.NEGATIVE_INFINITY

  constructor(destination: Destination, deps: LineDeps) {
    this.destination = destination
    this.#deps = deps
  }

  get isOpen(): boolean {
    return this.#uplink !== undefined
  }

  /** Whether something sent now has a chance. */
  get isLinked(): boolean {
    return this.#isLinked
  }

  /** Since when every probe was answered. */
  get goodSince(): number | undefined {
    return this.#goodSince
  }

  /** When it last took a batch, or put one off. */
  get lastTookAt(): number {
    return this.#lastTookAt
  }

  open(): void {
    if (this.#uplink !== undefined) return
    const uplink = this.destination.open()
    this.#uplink = uplink
    // Who cannot speak unasked is there until a question shows otherwise.
    this.#unansweredSince = uplink.pushes ? this.#deps.clock.monotonic() : undefined
    const { events, clock } = this.#deps
    uplink.start({
      onAnswers: (answers) => {
        if (answers.some(({ kind }) => kind === 'receipts')) this.#busySince = undefined
        else if (answers.some(({ kind }) => kind === 'busy')) this.#busySince ??= clock.monotonic()
        events.onAnswers(answers)
      },
      onLink: (isUp) => {
        if (this.#uplink !== uplink) return
        this.#isLinked = isUp
        if (isUp && uplink.pushes) this.#unansweredSince = undefined
        if (!isUp) {
          this.#unansweredSince ??= clock.monotonic()
          this.#goodSince = undefined
        }
        events.onLink(isUp)
      },
    })
  }

  async close(): Promise<void> {
    const uplink = this.#uplink
    if (uplink === undefined) return
    this.#connectsBefore += uplink.status().connects
    this.#uplink = undefined
    this.#isLinked = false
    this.#unansweredSince = undefined
    this.#busySince = undefined
    this.forgetProbes()
    for (const reject of this.#waiting) reject(new UplinkError('left', { code: 'LINK_LOST' }))
    this.#waiting.clear()
    await uplink.stop()
  }

  /** For how long it has answered nothing though it was asked, and for how long it has put everything off. */
  silence(now: number): { readonly unansweredMs: number; readonly busyMs: number } {
    return { unansweredMs: now - (this.#unansweredSince ?? now), busyMs: now - (this.#busySince ?? now) }
  }

  /** It answers, and yet what it took has no receipt: as good as putting everything off. */
  doubt(): void {
    this.#busySince = Number.NEGATIVE_INFINITY
  }

  async send(block: Uint8Array): Promise<void> {
    await this.#exchange((uplink) => uplink.send(block))
    this.#lastTookAt = this.#deps.clock.monotonic()
  }

  async ask(question: Uint8Array): Promise<void> {
    await this.#exchange((uplink) => uplink.ask(question))
  }

  /** Whether it answers has to be seen anew. */
  forgetProbes(): void {
    this.#goodSince = undefined
    this.#failedProbes = 0
  }

  /** Ask it something, if that is due, to see whether it answers. Resolves when that is known. */
  async probe(question: () => Uint8Array, everyMs: number, limitMs: number): Promise<void> {
    const now = this.#deps.clock.monotonic()
    const pauseMs = Math.min(limitMs, everyMs * 2 ** Math.min(this.#failedProbes, 10))
    if (this.#isProbing || !this.#isLinked || now < this.#probedAt + pauseMs) return
    this.#isProbing = true
    this.#probedAt = now
    try {
      await this.ask(question())
      this.#goodSince ??= this.#deps.clock.monotonic()
      this.#failedProbes = 0
    } catch {
      this.#goodSince = undefined
      this.#failedProbes++
    } finally {
      this.#isProbing = false
    }
  }

  status(): Pick<UplinkStatus, 'isUp' | 'lastFault' | 'connects'> {
    const { isUp, lastFault, connects } = this.#uplink?.status() ?? NOT_OPEN
    return { isUp, lastFault, connects: this.#connectsBefore + connects }
  }

  async #exchange(put: (uplink: Uplink) => Promise<void>): Promise<void> {
    const { clock } = this.#deps
    const uplink = this.#uplink
    if (uplink === undefined) throw new UplinkError('not open', { code: 'LINK_LOST' })
    this.#unansweredSince ??= clock.monotonic()
    let giveUp: ((cause: Error) => void) | undefined
    const forsaken = new Promise<never>((_, reject) => {
      giveUp = reject
      this.#waiting.add(reject)
    })
    try {
      await Promise.race([put(uplink), forsaken])
      if (this.#uplink !== uplink) return
      // Of the others that are under way none is older than this answer.
      this.#unansweredSince = this.#waiting.size > 1 ? clock.monotonic() : undefined
    } finally {
      if (giveUp !== undefined) this.#waiting.delete(giveUp)
    }
  }
}
