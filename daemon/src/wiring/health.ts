import type { OperatorPort, ReadyCheck } from '../api/ports.ts'
import { browserTrust } from '../browsers/trust.ts'
import { STALL_PERIODS } from '../chain/watch.ts'
import type { AccessParts } from './access.ts'
import type { ChainParts } from './chain.ts'
import type { ConsortiumParts, ReplicationParts } from './consortium.ts'
import type { Context } from './context.ts'
import type { IngestParts } from './ingest.ts'

/** What must work for this hospital to take batches and answer physicians. */
export function readyChecks(
  { clock }: Context,
  chain: ChainParts,
  ingest: IngestParts,
): Record<string, ReadyCheck> {
  return {
    chain: () => {
      const { engine } = chain
      const ageMs = clock.now() - engine.head.at
      const limitMs = STALL_PERIODS * engine.info.periodSec * 1_000
      return ageMs <= limitMs ? undefined : `no block for ${Math.round(ageMs / 1_000)} s`
    },
    disk: () => (ingest.room.isFull ? 'nearly full: new batches are refused' : undefined),
    journal: () => (ingest.store.isUp ? undefined : 'the journal cannot be written'),
  }
}

/** What an operator sees, and does. */
export function operatorPort(
  { config, tls }: Context,
  chain: ChainParts,
  ingest: IngestParts,
  access: AccessParts,
  { members, book, replicator }: ConsortiumParts & ReplicationParts,
): OperatorPort {
  return {
    admit: (physician) => access.votes.admit(physician),
    rotate: (key) => chain.rotation.rotate(key),
    suspend: (physician) => access.votes.suspend(physician),
    status: async () => {
      const { engine } = chain
      const { number, finalNumber, timestamp } = engine.head
      return {
        hospital: chain.operator.address,
        chain: {
          engine: engine.info.engine,
          chainId: engine.info.chainId,
          periodSec: engine.info.periodSec,
          signers: engine.info.signers.length,
          head: number,
          final: finalNumber,
          headTime: timestamp,
        },
        batches: {
          taken: ingest.store.last,
          anchored: ingest.store.anchors.through,
          waiting: ingest.store.waiting,
        },
        consortium: { standing: members.own, hospitals: members.active.length },
        replication: {
          lagBlocks: replicator.lagBlocks,
          wanted: book.wanted,
          underReplicated: book.statements.underReplicated,
          faulty: await faultsOf(book),
          replicas: ingest.store.replicas,
        },
        people: { known: ingest.directory.physicians().size },
        disk: {
          dataDir: config.dataDir,
          freeBytes: ingest.room.freeBytes,
          isUp: ingest.store.isUp,
          isRefusing: ingest.room.isFull,
        },
        browsers: { ...browserTrust(config.browsers) },
        certificateEnds: tls.notAfter.toISOString(),
      }
    },
  }
}

const FAULTS_SHOWN = 100

/** Which hospitals have something to answer for, and what. */
async function faultsOf(book: ConsortiumParts['book']) {
  const records = await book.faults(FAULTS_SHOWN)
  return records.map(({ origin, root, fault }) => ({ hospital: origin, root, fault }))
}
