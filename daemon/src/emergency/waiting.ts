import type { SignedBreakGlass } from '@hygeia/protocol/emergency/emergency'
import { reasonHash } from '@hygeia/protocol/emergency/emergency'
import type { Hex32 } from '@hygeia/protocol/ids'
import type { UnixMs } from '@hygeia/protocol/units'
import { EmergencyError } from './errors.ts'

const WAITING_LIMIT = 100
const RETRY_SEC = 2

/** One that waits for somebody's word. The operator sees what the patient will see. */
export interface Waiting {
  /** Salted hash of the reason, which names it. */
  readonly id: Hex32
  readonly physician: string
  readonly grant: Hex32
  readonly reason: string
  readonly expires: UnixMs
}

/** Emergencies that somebody at the hospital has to agree to, in memory: whoever asks, asks again. */
export class WaitingRoom {
  readonly #waiting = new Map<Hex32, Waiting>()
  readonly #agreed = new Map<Hex32, UnixMs>()

  list(now: UnixMs): readonly Waiting[] {
    this.#sweep(now)
    return [...this.#waiting.values()]
  }

  /** Whether somebody agreed to it; until then it waits. @throws {EmergencyError} `EMERGENCY_LIMIT` */
  isAgreed(glass: SignedBreakGlass, now: UnixMs): boolean {
    const { physician, grant, reason, expires } = glass
    const id = reasonHash(glass)
    this.#sweep(now)
    if (this.#agreed.has(id)) return true
    if (!this.#waiting.has(id) && this.#waiting.size >= WAITING_LIMIT) {
      throw new EmergencyError('too many wait', { code: 'EMERGENCY_LIMIT', retryAfterSec: RETRY_SEC })
    }
    this.#waiting.set(id, { id, physician, grant, reason, expires })
    return false
  }

  /** @returns false when nothing of that name waits */
  agree(id: Hex32, now: UnixMs): boolean {
    this.#sweep(now)
    const waiting = this.#waiting.get(id)
    if (waiting === undefined) return this.#agreed.has(id)
    this.#waiting.delete(id)
    this.#agreed.set(id, waiting.expires)
    return true
  }

  #sweep(now: UnixMs): void {
    for (const [id, { expires }] of this.#waiting) if (expires <= now) this.#waiting.delete(id)
    for (const [id, expires] of this.#agreed) if (expires <= now) this.#agreed.delete(id)
  }
}
