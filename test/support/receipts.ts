import type { HospitalClient } from '@hygeia/dapp/hospital/client'
import type { Receipt } from '@hygeia/protocol/receipt/receipt'
import type { RawBatch } from './raw-device.ts'

/** A hospital's door takes so many connections at once, and a test has thousands of batches. */
const AT_ONCE = 32

/** Receipts that a hospital has for some of `batches` now, by CID; asked of a hospital that is away, none. */
export async function receiptsFor(
  client: Pick<HospitalClient, 'receipt'>,
  batches: readonly Pick<RawBatch, 'cid'>[],
): Promise<ReadonlyMap<string, Receipt>> {
  const found = new Map<string, Receipt>()
  const left = batches.values()
  const lane = async () => {
    for (const { cid } of left) {
      const receipt = await client.receipt(cid).catch(() => undefined)
      if (receipt !== undefined) found.set(cid, receipt)
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, lane))
  return found
}
