import type { SignedBreakGlass } from '@hygeia/protocol/emergency/emergency'
import { MINUTE_MS, type UnixMs } from '@hygeia/protocol/units'
import { Conduct } from '../../physician/conduct.ts'
import { receivedGrants } from '../../physician/grants.ts'
import { openGrant } from '../../physician/open.ts'
import type { NamedGrant } from '../../physician/opening.ts'
import type { Physician } from '../../physician/physician.ts'
import { withGlasses } from '../../physician/span.ts'
import type { Store } from './store.ts'

/** A batch that did not open is asked for again after that; each time is a line in the patient's audit log. */
const AGAIN_MS = 10 * MINUTE_MS
const FAILED_LIMIT = 100_000

export interface RefreshOptions {
  /** How far back readings are held, ms. */
  readonly windowMs: number
}

export interface RefreshDeps {
  readonly physician: Physician
  readonly store: Store
  /** Glasses that this physician broke, for grants for emergencies. */
  readonly broken: () => Promise<readonly SignedBreakGlass[]>
  /** Told how the hospitals behaved, whenever something was asked. */
  readonly onConduct?: (conduct: Conduct) => void
}

/** Keeps a store as the patients' grants allow: opens what is new, forgets what is no longer granted. */
export class Refresh {
  readonly #windowMs: number
  readonly #deps: RefreshDeps
  /** When batches that did not open were tried last, by CID. */
  readonly #failed = new Map<string, UnixMs>()
  #refreshedAt: UnixMs | undefined
  #trouble: string | undefined

  constructor({ windowMs }: RefreshOptions, deps: RefreshDeps) {
    this.#windowMs = windowMs
    this.#deps = deps
  }

  /** When everything was last as the hospitals have it. */
  get refreshedAt(): UnixMs | undefined {
    return this.#refreshedAt
  }

  /** What whoever reads from the store should know. */
  get notices(): readonly string[] {
    const { droppedBefore } = this.#deps.store
    const since =
      this.#refreshedAt === undefined ? 'never' : `at ${new Date(this.#refreshedAt).toISOString()}`
    return [
      ...(this.#trouble === undefined ? [] : [`last refreshed ${since}: ${this.#trouble}`]),
      ...(droppedBefore === undefined
        ? []
        : [`readings up to ${new Date(droppedBefore).toISOString()} had no room here: raise --readings`]),
    ]
  }

  /**
   * Once around. What a hospital does not give is told by `notices`, and tried at the next; grants are looked at
   * first, so that nothing is served under one that was revoked, whatever else fails; and one whose end has come ends
   * though no hospital can be asked.
   */
  async once(): Promise<void> {
    const { physician, store, broken } = this.#deps
    const { clock } = physician.hospital.client
    const conduct = new Conduct()
    store.forgetEnded(clock.now())
    const troubles: string[] = []
    try {
      const grants = await receivedGrants(physician, conduct)
      store.putGrants(grants, clock.now())
      const active = grants.filter(({ state }) => state === 'active')
      for (const held of withGlasses(active, await broken())) {
        await this.#open(held, conduct).catch((cause: unknown) => troubles.push(troubleIn(cause)))
      }
    } catch (cause) {
      troubles.push(troubleIn(cause))
    }
    for (const entry of conduct.entries) store.putAudit({ entry, proof: 'pending' }, clock.now())
    this.#deps.onConduct?.(conduct)
    this.#trouble = troubles.length === 0 ? undefined : troubles.join('; ')
    if (this.#trouble === undefined) this.#refreshedAt = clock.now()
  }

  async #open(held: NamedGrant, conduct: Conduct): Promise<void> {
    const { physician, store } = this.#deps
    const { clock } = physician.hospital.client
    const now = clock.now()
    const from = Math.max(now - this.#windowMs, store.droppedBefore ?? 0) as UnixMs
    const isHeld = ({ cid }: { readonly cid: string }) =>
      store.hasBatch(cid) || now - (this.#failed.get(cid) ?? 0) < AGAIN_MS
    const range = { from, to: (now + MINUTE_MS) as UnixMs }
    for await (const opened of openGrant(physician, held, range, { conduct, isHeld })) {
      if (opened.fault === undefined) store.put(opened, held.hash, clock.now())
      else if (this.#failed.size < FAILED_LIMIT) this.#failed.set(opened.cid, now)
    }
  }
}

/** Whatever it was, what is held is served on, and whoever reads is told. */
function troubleIn(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause)
}
