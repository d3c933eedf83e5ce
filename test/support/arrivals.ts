import type { Patient } from '@hygeia/dapp/patient/patient'
import type { UnixMs } from '@hygeia/protocol/units'
import type { DeviceProcess } from './device.ts'
import { until } from './until.ts'

export interface Span {
  readonly from: UnixMs
  readonly to: UnixMs
}

/**
 * CIDs of a patient's batches in a span of time that the hospital says are anchored, how many are not, and how many
 * entries its list has: each batch is to be in it once.
 */
export async function listBatches(
  { account }: Pick<Patient, 'account'>,
  span: Span,
): Promise<{ readonly anchored: ReadonlySet<string>; readonly waiting: number; readonly listed: number }> {
  const anchored = new Set<string>()
  let waiting = 0
  let listed = 0
  let cursor: string | undefined
  do {
    const page = await account.batches({ ...span, cursor })
    listed += page.batches.length
    for (const { cid, state } of page.batches) {
      if (state === 'anchored') anchored.add(cid)
      else waiting++
    }
    cursor = page.next
  } while (cursor !== undefined)
  return { anchored, waiting, listed }
}

/**
 * Wait until all that a running device measured before `at` has its receipt.
 *
 * @param at - time of the samples
 * @param to - where time cannot have come to yet
 */
export async function arrivedUntil(
  { account }: Patient,
  device: Pick<DeviceProcess, 'address' | 'dir' | 'status'>,
  { from: at, to }: Span,
  limitMs = 120_000,
): Promise<void> {
  const later = async () => {
    const { batches } = await account.batches({ from: at, to })
    return batches.some((one) => one.device === device.address && one.from > at && one.state === 'anchored')
  }
  await until(`a batch of ${device.dir} from after the readings is anchored`, later, limitMs)
  // What overtook on the way may have left older ones behind: they are in the spool until their receipts are here.
  const now = Date.now()
  const settled = async () => {
    const status = await device.status()
    const spool = status?.delivery?.spool
    if (status === undefined || spool === undefined || status.at < now) return false
    return spool.oldestSealedAt === undefined || spool.oldestSealedAt > now
  }
  await until(`nothing older waits at ${device.dir}`, settled, limitMs)
}
