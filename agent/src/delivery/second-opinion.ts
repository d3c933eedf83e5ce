import type { RefusalReason } from '@hygeia/protocol/device-link/refusal'
import type { Address } from '@hygeia/protocol/ids'
import { DAY_MS } from '@hygeia/protocol/units'
import type { Clock } from '@hygeia/runtime/clock'
import type { Verdicts } from '../uplink/answers.ts'

export interface SecondOpinionDeps {
  /** Hospitals that this device knows now. */
  readonly hospitals: () => readonly { readonly hospital: Address }[]
  readonly clock: Clock
}

type Refused = Verdicts['refused'][number]

/** Said by a hospital that lacks something which another one may have: the binding, or the newest label keys. */
const FOR_WANT_OF_NEWS: readonly RefusalReason[] = ['UNKNOWN_DEVICE', 'WRONG_LABEL']
/** One that still says so after this time is believed alone; the others may be gone for good. */
const PATIENCE_MS = DAY_MS

/**
 * Which refusals are for ever. With several hospitals, one that is behind refuses what the others would take: a batch
 * is given up only when all of them have refused it, or one of them still does after a day.
 */
export class SecondOpinion {
  readonly #deps: SecondOpinionDeps
  readonly #asked = new Map<number, { readonly since: number; readonly by: Set<Address> }>()

  constructor(deps: SecondOpinionDeps) {
    this.#deps = deps
  }

  isFinal({ entry, reason, by }: Refused): boolean {
    const hospitals = this.#deps.hospitals()
    if (hospitals.length <= 1 || !FOR_WANT_OF_NEWS.includes(reason)) return true
    const now = this.#deps.clock.monotonic()
    const asked = this.#asked.get(entry.id) ?? { since: now, by: new Set() }
    asked.by.add(by)
    this.#asked.set(entry.id, asked)
    return now - asked.since >= PATIENCE_MS || hospitals.every(({ hospital }) => asked.by.has(hospital))
  }

  /** These left the spool. */
  settled(ids: Iterable<number>): void {
    for (const id of ids) this.#asked.delete(id)
  }
}
