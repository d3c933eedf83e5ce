import { join } from 'node:path'
import type { OperationsPort, ProposalPort } from '../api/operations/port.ts'
import type { Governance } from '../consortium/governance.ts'
import { METRICS } from '../metrics/names.ts'
import { carryOutWith } from '../ops/carry-out.ts'
import { countsOf } from '../ops/counts.ts'
import { OperationsLog } from '../ops/log.ts'
import { Proposals } from '../ops/proposals.ts'
import { pseudonyms } from '../ops/pseudonym.ts'
import { Rates } from '../ops/rates.ts'
import { operationsViews, type ServedCertificate } from '../ops/views.ts'
import { staffFileIn } from '../staff/file.ts'
import { Staff } from '../staff/staff.ts'
import type { AccessParts } from './access.ts'
import type { ChainParts } from './chain.ts'
import type { ConsortiumParts, ReplicationParts } from './consortium.ts'
import { type Context, RESERVE_BYTES } from './context.ts'
import type { IngestParts } from './ingest.ts'

export interface StaffParts {
  readonly staff: Staff
  readonly operationsLog: OperationsLog
}

/** Who works here, and what they do. */
export async function startStaff({ config, stack, clock, log }: Context): Promise<StaffParts> {
  const part = log.child({ part: 'operations' })
  const operationsLog = await stack.add(
    new OperationsLog(
      { path: join(config.dataDir, 'operations-log'), reserveBytes: RESERVE_BYTES },
      { clock, log: part },
    ),
  )
  const staff = new Staff(
    { path: staffFileIn(config.dataDir) },
    {
      onChange: ({ address, role }) => {
        const act = role === undefined ? 'removed' : `listed as ${role}`
        operationsLog
          .append({ by: 'command-line', act, about: 'staff', subject: address })
          .catch((err: unknown) => part.warn({ err }, 'a change of staff is not in the log'))
      },
      log: part,
    },
  )
  await staff.look()
  return { staff, operationsLog }
}

/** How the hospital is, for its staff, and what two of them agree on. */
export async function startOperations(
  { config, keys, tls, stack, clock, metrics, log }: Context,
  { staff, operationsLog }: StaffParts,
  { engine, validators }: ChainParts,
  ingest: IngestParts,
  { votes, physicianKeys }: AccessParts,
  { book, replicator }: ConsortiumParts & ReplicationParts,
  governance: Governance,
  furtherCertificates: () => readonly ServedCertificate[],
): Promise<{ readonly operations: OperationsPort; readonly proposals: ProposalPort }> {
  const arrivals = await stack.add(
    new Rates({
      totals: async () => {
        const counts = await countsOf(metrics, METRICS.ingestTotal)
        const of = (wanted: string) =>
          counts.reduce((sum, { labels, count }) => sum + (labels.outcome === wanted ? count : 0), 0)
        return { taken: of('new'), refused: of('refused') }
      },
      clock,
    }),
  )
  const operations = operationsViews({
    ...ingest,
    engine,
    validators,
    replication: replicator,
    book,
    physicianKeys,
    governance,
    certificates: () => [
      { role: 'devices', pem: tls.cert },
      { role: 'authority', pem: tls.ca },
      ...furtherCertificates(),
    ],
    log: operationsLog,
    arrivals,
    nameOf: pseudonyms(keys.storageKey),
    metrics,
    clock,
  })
  const proposals = new Proposals(
    { path: join(config.dataDir, 'proposals.json') },
    {
      carryOut: carryOutWith({ votes, governance, validators }),
      record: async (act) => {
        await staff.look()
        await operationsLog.append(act)
      },
      clock,
      log: log.child({ part: 'operations' }),
    },
  )
  await proposals.open()
  await stack.add({ start: async () => {}, stop: () => proposals.idle() })
  return { operations, proposals }
}
