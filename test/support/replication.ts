import type { HospitalClient } from '@hygeia/dapp/hospital/client'
import { pinnedFetch } from '../../dapp/bin/host/pinned-fetch.ts'
import type { HospitalProcess } from './hospital.ts'
import { clientOf } from './people.ts'
import type { RawBatch } from './raw-device.ts'
import { receiptsFor } from './receipts.ts'
import { until } from './until.ts'

/** What `hygeia-daemon status --json` says of the consortium. */
export interface ReplicationStatus {
  readonly batches: { readonly taken: number; readonly anchored: number }
  readonly consortium: { readonly standing: string; readonly hospitals: number }
  readonly replication: {
    readonly lagBlocks: number
    readonly wanted: number
    readonly underReplicated: number
    readonly faulty: readonly { readonly hospital: string; readonly root: string; readonly fault: string }[]
    readonly replicas: number
  }
}

export const statusOf = async (hospital: HospitalProcess): Promise<ReplicationStatus> =>
  JSON.parse(await hospital.command('status', '--json'))

const clients = new WeakMap<HospitalProcess, HospitalClient>()

/** How many of `batches` have a receipt at `hospital`. */
export async function receiptsAt(hospital: HospitalProcess, batches: readonly RawBatch[]): Promise<number> {
  return (await receiptsFor(await steadyClientOf(hospital), batches)).size
}

/** The same as before, while the hospital is where it was: who asks twenty times a second would fill its door. */
async function steadyClientOf(hospital: HospitalProcess): Promise<HospitalClient> {
  const known = clients.get(hospital)
  if (known?.transport.base === hospital.endpoints.api) return known
  const client = await clientOf(hospital)
  clients.set(hospital, client)
  return client
}

export async function haveReceipts(hospital: HospitalProcess, batches: readonly RawBatch[]): Promise<void> {
  await until(
    `all ${batches.length} have receipts`,
    async () => (await receiptsAt(hospital, batches)) === batches.length,
  )
}

/** Resolves when a hospital holds `replicas` batches of others, wants nothing more, and all others hold its own. */
export async function isReplicated(hospital: HospitalProcess, replicas: number): Promise<ReplicationStatus> {
  return await until(`${replicas} batches of others are held`, async () => {
    const status = await statusOf(hospital)
    const { wanted, underReplicated } = status.replication
    return status.replication.replicas === replicas && wanted === 0 && underReplicated === 0 && status
  })
}

export const metricsOf = (hospital: HospitalProcess): Promise<string> => getFrom(hospital, '/metrics')

/** What a hospital answers to a GET, whatever it is. */
export async function getFrom(hospital: HospitalProcess, path: string): Promise<string> {
  const fetch = pinnedFetch(await hospital.ca())
  return await (await fetch(`${hospital.endpoints.api}${path}`, { method: 'GET' })).text()
}
