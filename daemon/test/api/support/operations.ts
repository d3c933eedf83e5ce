import { join } from 'node:path'
import type { Clock } from '@hygeia/runtime/clock'
import type { Logger } from '@hygeia/runtime/log'
import type { Registry } from 'prom-client'
import type { EmbeddedChain } from '../../../src/chain/embedded/engine.ts'
import { Validators } from '../../../src/chain/validators.ts'
import type { Governance } from '../../../src/consortium/governance.ts'
import type { DirectoryView } from '../../../src/directory/view.ts'
import type { PhysicianKeys } from '../../../src/grants/physician-keys.ts'
import type { Incidents } from '../../../src/incidents/incidents.ts'
import type { readKeys } from '../../../src/init/keys.ts'
import type { readCertificates } from '../../../src/init/tls-files.ts'
import type { embeddedIpfs } from '../../../src/ipfs/embedded/node.ts'
import { carryOutWith } from '../../../src/ops/carry-out.ts'
import { OperationsLog } from '../../../src/ops/log.ts'
import { Proposals } from '../../../src/ops/proposals.ts'
import { pseudonyms } from '../../../src/ops/pseudonym.ts'
import { operationsViews } from '../../../src/ops/views.ts'
import type { Votes } from '../../../src/relay/votes.ts'
import type { ReplicaBook } from '../../../src/replication/book.ts'
import { staffFileIn } from '../../../src/staff/file.ts'
import { Staff } from '../../../src/staff/staff.ts'
import type { openStore } from '../../../src/store/store.ts'
import { RESERVE_BYTES, type Start } from './start.ts'

export interface OperationsParts {
  readonly start: Start
  readonly data: string
  readonly keys: Awaited<ReturnType<typeof readKeys>>
  readonly tls: Awaited<ReturnType<typeof readCertificates>>
  readonly engine: EmbeddedChain
  readonly store: Awaited<ReturnType<typeof openStore>>
  readonly ipfs: ReturnType<typeof embeddedIpfs>
  readonly book: ReplicaBook
  readonly incidents: Incidents
  readonly devices: DirectoryView
  readonly physicianKeys: PhysicianKeys
  readonly governance: Governance
  readonly votes: Votes
  readonly clock: Clock
  readonly log: Logger
  readonly metrics: Registry
}

/** What staff sees and proposes. */
export async function openOperations(parts: OperationsParts) {
  const { start, data, keys, tls, engine, store, ipfs, book, incidents, devices, physicianKeys } = parts
  const { governance, votes, clock, log, metrics } = parts
  const operationsLog = await start(
    new OperationsLog({ reserveBytes: RESERVE_BYTES, path: join(data, 'operations-log') }, { clock, log }),
  )
  const staffFile = staffFileIn(data)
  const staff = new Staff(
    { path: staffFile },
    {
      onChange: ({ address, role = 'nobody' }) =>
        void operationsLog.append({ by: 'command-line', act: role, about: 'staff', subject: address }),
      log,
    },
  )
  await staff.look()
  const validators = new Validators({ engine, kind: 'clique' })
  const operations = operationsViews({
    ...{ engine, validators, store, ipfs, book, incidents, directory: devices, physicianKeys, governance },
    ...{ metrics, clock, log: operationsLog },
    replication: { lagBlocks: 0 },
    room: { freeBytes: 1e12, isFull: false },
    certificates: () => [
      { role: 'devices', pem: tls.cert },
      { role: 'authority', pem: tls.ca },
    ],
    arrivals: { perMinute: async () => 0, history: async () => [] },
    nameOf: pseudonyms(keys.storageKey),
  })
  const proposals = new Proposals(
    { path: join(data, 'proposals.json') },
    {
      carryOut: carryOutWith({ votes, governance, validators }),
      record: (act) => operationsLog.append(act),
      clock,
      log,
    },
  )
  await proposals.open()
  return { operationsLog, staffFile, staff, validators, operations, proposals }
}
