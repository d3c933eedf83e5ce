import type { Address } from '@hygeia/protocol/ids'
import type { Label } from '@hygeia/protocol/label'
import type { DevicePort, GrantPort, KnownGrant, ListedBatch, SignedIn } from '../ports.ts'

export interface AccessDeps {
  readonly grants: GrantPort
  readonly devices: DevicePort
}

/** One grant as batches are held against it. */
export interface Scope {
  readonly grant: KnownGrant['grant']
  readonly labels: ReadonlySet<Label>
}

export const scopeOf = ({ grant }: KnownGrant): Scope => ({
  grant,
  labels: new Set(grant.labels.map(({ label }) => label)),
})

/** Whether a grant covers a batch: its patient's, under one of its labels, wholly within its range. */
export function covers({ grant, labels }: Scope, batch: ListedBatch, patient: Address): boolean {
  return (
    grant.patient === patient &&
    labels.has(batch.label) &&
    grant.dataFrom <= batch.from &&
    batch.to <= grant.dataTo
  )
}

/** What `session` may see: its own batches, and those that grants to it cover now. */
export async function accessOf(
  { account, roles }: SignedIn,
  { grants, devices }: AccessDeps,
): Promise<(batch: ListedBatch) => boolean> {
  const given = roles.has('physician') ? await grants.of(account) : []
  const scopes = given
    .filter(({ standing, grant }) => standing === 'active' && grant.physician === account)
    .map(scopeOf)
  return (batch) => {
    const patient = devices.device(batch.device)?.patient
    if (patient === undefined) return false
    return patient === account || scopes.some((scope) => covers(scope, batch, patient))
  }
}
