import type { Address } from '@hygeia/protocol/ids'
import type { Call, Mined, Transactor } from './transactor.ts'

/** An account of the hospital whose key may change while everybody goes on sending through it. */
export class RotatingAccount {
  #current: Transactor

  constructor(current: Transactor) {
    this.#current = current
  }

  get address(): Address {
    return this.#current.address
  }

  /** @throws {TransactorError} */
  send(call: Call): Promise<Mined> {
    return this.#current.send(call)
  }

  /** Resolves when nothing of the present key waits to be final. */
  settled(): Promise<void> {
    return this.#current.settled()
  }

  /** From now on send with another key; what was sent before is seen through by the one that sent it. */
  become(next: Transactor): void {
    this.#current = next
  }
}
