import type { DeliveryStatus } from '../delivery/status.ts'
import { sumOf } from './recording.ts'
import type { AgentStatus } from './status.ts'
import { formatTable } from './table.ts'

/** How the agent is, for people. @param isLive - the agent that wrote it still runs */
export function showStatus(
  { sampling, delivery, ...status }: AgentStatus,
  isLive: boolean,
  now: number,
): string {
  const rows: [string, string][] = [
    ['agent', isLive ? `${status.state}, pid ${status.pid}, ${status.memoryMb} MB` : 'not running'],
    ['device', status.device],
  ]
  if (!isLive) rows.push(['as of', ago(now - status.at)])
  if (sampling !== undefined) {
    rows.push(['samples', `${sumOf(sampling.samples)} since the start`])
    const left = Object.entries(sampling.notRecorded).map(([channel, count]) => `${channel} ${count}`)
    if (left.length > 0) rows.push(['not recorded', `${sumOf(sampling.notRecorded)} (${left.join(', ')})`])
    for (const { name, state, fault } of sampling.sensors) {
      rows.push([`sensor ${name}`, fault === undefined ? state : `${state} (${fault})`])
    }
    rows.push(['clock', sampling.isSynchronised ? 'set' : 'not set yet'])
  }
  if (delivery !== undefined) {
    const { pipeline, spool, uplink, receipts, labelKeys } = delivery
    const hours =
      spool.hoursLeft === undefined ? '' : `, full in ${hoursText(spool.hoursLeft)} if nothing leaves`
    rows.push(
      ['batches sealed', `${pipeline.sealed} (${bytesText(pipeline.sealedBytes)})`],
      [
        'spool',
        `${spool.batches} waiting, ${bytesText(spool.bytes)} of ${bytesText(spool.limitBytes)}${hours}`,
      ],
      ['hospital', `${uplink.hospital} by ${uplink.kind}, ${uplink.isUp ? 'reached' : 'not reached'}`],
      ...otherHospitals(uplink),
      ['receipts', `${receipts.count} since the start`],
      ['last receipt', receipts.lastAt === undefined ? 'none yet' : ago(now - receipts.lastAt)],
      ['label keys', `serial ${labelKeys.serial}, ${labelKeys.daysLeft} days left`],
    )
    if (spool.dead > 0) rows.push(['refused for ever', String(spool.dead + spool.deadDropped)])
  }
  for (const { text } of status.problems) rows.push(['problem', text])
  return formatTable(rows)
}

/** Those that are not spoken to, in the order of preference. */
function otherHospitals({ hospital, hospitals }: DeliveryStatus['uplink']): [string, string][] {
  const current = hospitals.findIndex(({ name }) => name === hospital)
  return hospitals.flatMap(({ name, lastFault }, index): [string, string][] => {
    if (index === current) return []
    if (index > current) return [['in reserve', name]]
    return [['preferred', `${name}, does not answer${lastFault === undefined ? '' : ` (${lastFault})`}`]]
  })
}

function ago(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1_000))
  if (seconds < 120) return `${seconds} s ago`
  if (seconds < 7_200) return `${Math.round(seconds / 60)} min ago`
  return `${Math.round(seconds / 3_600)} h ago`
}

function hoursText(hours: number): string {
  return hours < 48 ? `${hours.toFixed(1)} h` : `${Math.round(hours)} h`
}

function bytesText(bytes: number): string {
  if (bytes < 10_240) return `${bytes} B`
  return bytes < 10_485_760 ? `${Math.round(bytes / 1_024)} KiB` : `${Math.round(bytes / 1_048_576)} MiB`
}
