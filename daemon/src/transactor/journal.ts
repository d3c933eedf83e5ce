import type { Hex } from '@hygeia/protocol/ids'
import type { ClassicLevel } from 'classic-level'

/** What was signed for one nonce; all versions, since any of them may be the one that is mined. */
export interface JournaledTransaction {
  readonly nonce: number
  readonly to: string | null
  readonly data: Hex
  readonly gasLimit: number
  /** Wei that go along, decimal; absent where nothing does. */
  readonly value?: string
  /** Wei, decimal. */
  readonly maxFee: string
  readonly tip: string
  /** Oldest first. */
  readonly versions: readonly { readonly hash: Hex; readonly raw: Hex }[]
}

/** Transactions of one account that are not final yet, on disk before they are sent. */
export class TransactionJournal {
  readonly #db: ClassicLevel<string, JournaledTransaction>

  constructor(db: ClassicLevel<string, JournaledTransaction>) {
    this.#db = db
  }

  /** In order of nonce. */
  async all(): Promise<readonly JournaledTransaction[]> {
    return await this.#db.values().all()
  }

  async put(transaction: JournaledTransaction): Promise<void> {
    await this.#db.put(keyOf(transaction.nonce), transaction, { sync: true })
  }

  async remove(nonce: number): Promise<void> {
    await this.#db.del(keyOf(nonce))
  }

  async close(): Promise<void> {
    await this.#db.close()
  }
}

const keyOf = (nonce: number) => String(nonce).padStart(12, '0')
