import type { Address, Hex32 } from '@hygeia/protocol/ids'
import type { ListedBatch, LiveEvent, SignedIn } from '../ports.ts'
import { type AccessDeps, covers, scopeOf } from '../routes/access.ts'

/** What one account sees of what happens: its own, and what grants cover that stand when it is told. */
export class Sight {
  readonly #who: SignedIn
  readonly #deps: AccessDeps
  /** Grants to the account that are not over, by patient: who has none is not looked up for every batch. */
  #given: ReadonlyMap<Address, readonly Hex32[]> = new Map()

  constructor(who: SignedIn, deps: AccessDeps) {
    this.#who = who
    this.#deps = deps
  }

  /** Look anew at what the account was granted. */
  async refresh(): Promise<void> {
    const { account, roles } = this.#who
    if (!roles.has('physician')) return
    const known = await this.#deps.grants.of(account)
    const lasting = known.filter(
      ({ grant, standing }) =>
        grant.physician === account && standing !== 'revoked' && standing !== 'expired',
    )
    const byPatient = Map.groupBy(lasting, ({ grant }) => grant.patient)
    this.#given = new Map([...byPatient].map(([patient, some]) => [patient, some.map(({ hash }) => hash)]))
  }

  /** `event` as far as the account may see it at this moment; undefined when that is nothing. */
  async of(event: LiveEvent): Promise<LiveEvent | undefined> {
    const { account } = this.#who
    if (event.kind === 'grant') {
      if (event.physician === account) await this.refresh()
      return event.physician === account || event.patient === account ? event : undefined
    }
    if (event.patient === account) return event
    if (event.kind === 'audit' || !this.#given.has(event.patient)) return undefined
    const isCovered = await this.#cover(event.patient)
    if (event.kind === 'batch') return isCovered(event.batch) ? event : undefined
    const batches = event.batches.filter(isCovered)
    return batches.length === 0 ? undefined : { ...event, batches }
  }

  async #cover(patient: Address): Promise<(batch: ListedBatch) => boolean> {
    const known = await Promise.all(
      (this.#given.get(patient) ?? []).map((hash) => this.#deps.grants.find(hash)),
    )
    const scopes = known.filter((grant) => grant?.standing === 'active').flatMap((grant) => grant ?? [])
    const held = scopes.map(scopeOf)
    return (batch) => {
      const owner = this.#deps.devices.device(batch.device)?.patient
      return owner !== undefined && held.some((scope) => covers(scope, batch, owner))
    }
  }
}
