import type { Answer } from '@hygeia/protocol/device-link/answer'
import type { Address } from '@hygeia/protocol/ids'
import type { SignedLabelKeys } from '@hygeia/protocol/label-keys/label-keys'
import type { Service } from '@hygeia/runtime/lifecycle'
import type { Logger } from '@hygeia/runtime/log'
import type { Issue, ReceiptBook } from './book.ts'

export interface CourierDeps {
  readonly receipts: Pick<ReceiptBook, 'onIssued'>
  readonly labelKeys: { onNew(listener: (keys: SignedLabelKeys) => void): () => void }
  /** A door whose devices stay connected. */
  readonly door: {
    isListening(device: Address): boolean
    push(device: Address, answers: readonly Answer[]): void
  }
  readonly log: Logger
}

/** Largest message of receipts; more go in several. */
const MESSAGE_LIMIT_BYTES = 512 * 1024

/** Brings receipts and new label keys to the devices that are connected; the others ask. */
export class Courier implements Service {
  readonly #deps: CourierDeps
  #unlisten: (() => void)[] = []
  #delivering: Promise<void> = Promise.resolve()

  constructor(deps: CourierDeps) {
    this.#deps = deps
  }

  async start(): Promise<void> {
    const { receipts, labelKeys, door, log } = this.#deps
    this.#unlisten = [
      receipts.onIssued((issue) => {
        this.#delivering = this.#delivering
          .then(() => this.#deliver(issue))
          .catch((err: unknown) => log.warn({ err }, 'receipts not delivered'))
      }),
      labelKeys.onNew((keys) => door.push(keys.device, [{ kind: 'label-keys', labelKeys: keys }])),
    ]
  }

  async stop(): Promise<void> {
    for (const unlisten of this.#unlisten) unlisten()
    await this.#delivering
  }

  async #deliver({ devices, answersFor }: Issue): Promise<void> {
    const { door } = this.#deps
    for (const device of devices) {
      if (!door.isListening(device)) continue
      for (const answer of await answersFor(device, MESSAGE_LIMIT_BYTES)) door.push(device, [answer])
    }
  }
}
