import type { Answer } from '@hygeia/protocol/device-link/answer'

/** What an uplink tells whoever runs it. */
export interface UplinkEvents {
  /** Answers came, whether asked for or not; checked for form only. */
  readonly onAnswers: (answers: readonly Answer[]) => void
  /** The hospital can be reached, or no more. */
  readonly onLink: (isUp: boolean) => void
}

/** One way to a hospital. Finds its own way back after it lost it. */
export interface Uplink {
  /** Whether the hospital can speak unasked; if not, receipts have to be asked for. */
  readonly pushes: boolean
  /** Begin to connect; whether the hospital is there is told by `onLink`. */
  start(events: UplinkEvents): void
  stop(): Promise<void>
  /**
   * Resolves when the hospital has answered for this block: it is journaled there, or an answer names it.
   *
   * @throws when the link broke before, or no answer came in time: send it again
   */
  send(block: Uint8Array): Promise<void>
  /** Put a signed question; the answers come through `onAnswers`. @throws when it did not get there */
  ask(question: Uint8Array): Promise<void>
  status(): UplinkStatus
}

export interface UplinkStatus {
  readonly kind: 'mqtt' | 'coap'
  readonly isUp: boolean
  /** How many times a connection was made, or a silent hospital answered again. */
  readonly connects: number
  /** Code of what went wrong last. */
  readonly lastFault: string | undefined
}
