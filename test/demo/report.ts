import type { AgentStatus } from '@hygeia/agent/health/status'
import type { ReplicationStatus } from '../support/replication.ts'
import type { AuditCounts } from './holding.ts'
import type { Compared } from './opening.ts'
import type { ProvenBatches } from './receipts.ts'
import { count, dim, kilobytes, seconds, table } from './terminal.ts'

export interface Figures {
  readonly played: readonly AgentStatus[]
  readonly proven: ProvenBatches
  readonly opened: Compared
  readonly audited: number
  readonly refusal: string
}

/** What passed each stage: how many, how many bytes, how long it took. */
export async function stages({ played, proven, opened, audited, refusal }: Figures): Promise<string> {
  const sum = (pick: (status: AgentStatus) => number | undefined) =>
    played.reduce((total, status) => total + (pick(status) ?? 0), 0)
  const samples = sum(({ sampling }) => Object.values(sampling?.samples ?? {}).reduce((a, b) => a + b, 0))
  const sealedBytes = sum(({ delivery }) => delivery?.pipeline.sealedBytes)
  const latency = played.map(({ delivery }) => delivery?.receipts.latency)
  const [mqtt, coap] = latency.map((one) => `p50 ${one?.p50Ms} ms, p99 ${one?.p99Ms} ms`)
  const reasons = Object.entries(opened.missingByReason).map(([reason, times]) => `${count(times)} ${reason}`)
  return table(
    ['stage', 'count', 'bytes', 'latency'],
    [
      ['samples taken at the chips', count(samples), '', ''],
      [
        'batches sealed and spooled',
        count(sum(({ delivery }) => delivery?.pipeline.sealed)),
        kilobytes(sealedBytes),
        '',
      ],
      ['sealed → receipt verified, MQTT over TLS', count(latency[0]?.count ?? 0), '', mqtt ?? ''],
      ['sealed → receipt verified, CoAP', count(latency[1]?.count ?? 0), '', coap ?? ''],
      ['anchors on the chain', count(proven.anchors), '', ''],
      ['receipts proven against the chain', count(proven.batches), '', ''],
      ['capsules re-encrypted', count(opened.capsules), '', ''],
      ['batches opened by the physician', count(opened.batches), '', seconds(opened.elapsedMs)],
      ...Object.entries(opened.equalByChannel).map(([channel, values]) => [
        `values equal to the recording: ${channel}`,
        count(values),
        '',
        '',
      ]),
      [`missing as missing (${reasons.join(', ')})`, count(opened.missing), '', ''],
      ['alarms that the bedside raised, sealed beside them', count(opened.alarms), '', ''],
      [`requests refused after revoking (${refusal})`, '1', '', ''],
      ['audit entries read by the patient', count(audited), '', ''],
    ],
  )
}

export interface HospitalFigures {
  readonly name: string
  readonly status: ReplicationStatus
  /** Batches that it lists, each once. */
  readonly held: number
  /** Given for what the physician opened. */
  readonly cfrags: number
  readonly audit: AuditCounts
}

/** What each hospital of a consortium did. */
export function perHospital(hospitals: readonly HospitalFigures[]): string {
  const rows = hospitals.map(({ name, status: { batches, replication }, held, cfrags, audit }) => {
    const figures = [batches.taken, replication.replicas, batches.taken + replication.replicas - held]
    const events = Object.entries(audit).map(([event, times]) => `${times} ${event}`)
    return [name, ...[...figures, held, cfrags].map(count), events.join(', ')]
  })
  const header = [
    '',
    'from devices',
    'from hospitals',
    'from both',
    'batches held',
    'cfrags',
    'audit entries',
  ]
  const both =
    '  from both: held already when the device sent it again, having no receipt of the hospital that died'
  return `${table(header, rows)}\n${dim(both)}`
}
