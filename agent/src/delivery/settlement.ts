import type { Logger } from '@hygeia/runtime/log'
import type { Ballast } from '../disk/ballast.ts'
import type { Database } from '../disk/database.ts'
import { isDiskTrouble } from '../disk/errors.ts'
import type { Spool } from '../spool/spool.ts'
import type { Verdicts } from '../uplink/answers.ts'

export interface SettlementDeps {
  readonly database: Database
  readonly spool: Spool
  readonly ballast: Ballast
  readonly log: Logger
  /** Told which batches left the spool. */
  readonly onSettled: (ids: readonly number[]) => void
}

const RETRY_MS = 1_000

type Fate = Verdicts['refused'][number]['reason'] | undefined

/** Takes out of the spool what was received or refused for ever; on a full disk, as soon as that lets it. */
export class Settlement {
  readonly #deps: SettlementDeps
  /** By id: why it was refused, or that it was received. */
  readonly #pending = new Map<number, Fate>()
  #timer: NodeJS.Timeout | undefined

  constructor(deps: SettlementDeps) {
    this.#deps = deps
  }

  settle({ received, refused }: Pick<Verdicts, 'received' | 'refused'>): void {
    for (const { id } of received) this.#pending.set(id, undefined)
    for (const { entry, reason } of refused) this.#pending.set(entry.id, reason)
    if (this.#pending.size > 0) this.#write()
  }

  close(): void {
    clearTimeout(this.#timer)
  }

  #write(): void {
    clearTimeout(this.#timer)
    const { database, ballast, log, onSettled } = this.#deps
    try {
      this.#commit()
    } catch (cause) {
      if (!isDiskTrouble(cause)) throw cause
      ballast.drop()
      database.reclaim()
      if (!this.#hasCommitted()) {
        log.error({ fault: cause.code }, 'received batches cannot be taken out of the spool')
        this.#timer = setTimeout(() => this.#write(), RETRY_MS)
        return
      }
    }
    const ids = [...this.#pending.keys()]
    this.#pending.clear()
    onSettled(ids)
  }

  #hasCommitted(): boolean {
    try {
      this.#commit()
      return true
    } catch (cause) {
      if (!isDiskTrouble(cause)) throw cause
      return false
    }
  }

  #commit(): void {
    const { database, spool } = this.#deps
    database.transaction(() => {
      for (const [id, reason] of this.#pending) {
        if (reason === undefined) spool.remove(id)
        else spool.bury(id, reason)
      }
    })
  }
}
