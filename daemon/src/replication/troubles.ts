import { Backoff } from '@hygeia/runtime/backoff'
import type { Clock } from '@hygeia/runtime/clock'
import { nameText, type ReplicaName } from './records.ts'

interface Trouble {
  readonly backoff: Backoff
  /** On the monotonic clock. */
  readonly since: number
  until: number
}

const FIRST_MS = 500
const LIMIT_MS = 60_000

/** Manifests that could not be had, each tried again less and less often; forgotten with the process. */
export class Troubles {
  readonly #clock: Pick<Clock, 'monotonic'>
  readonly #troubles = new Map<string, Trouble>()

  constructor({ clock }: { readonly clock: Pick<Clock, 'monotonic'> }) {
    this.#clock = clock
  }

  /** Try it again later. @returns ms for which it could not be had by now */
  putOff(name: ReplicaName): number {
    const now = this.#clock.monotonic()
    const trouble: Trouble = this.#troubles.get(nameText(name)) ?? {
      backoff: new Backoff({ firstMs: FIRST_MS, limitMs: LIMIT_MS }),
      since: now,
      until: now,
    }
    trouble.until = now + trouble.backoff.nextMs()
    this.#troubles.set(nameText(name), trouble)
    return now - trouble.since
  }

  isPutOff(name: ReplicaName): boolean {
    const trouble = this.#troubles.get(nameText(name))
    return trouble !== undefined && trouble.until > this.#clock.monotonic()
  }

  /** It was had, or will not be tried again. */
  end(name: ReplicaName): void {
    this.#troubles.delete(nameText(name))
  }
}
