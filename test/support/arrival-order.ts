import { join } from 'node:path'
import { Disk } from '@hygeia/daemon/store/disk'
import { recordKey } from '@hygeia/daemon/store/keys'
import { type BatchRecord, decodeRecord } from '@hygeia/daemon/store/record'
import { createLog } from '@hygeia/runtime/log'

/** Every batch that a hospital took, in the order in which it did, out of the journal of one that is not running. */
export async function arrivedInOrder(dataDir: string): Promise<readonly BatchRecord[]> {
  const log = createLog('test', 'silent')
  const disk = new Disk({ path: join(dataDir, 'journal'), reserveBytes: 0 }, { log })
  await disk.open()
  try {
    const range = { gte: recordKey(1), lte: recordKey(Number.MAX_SAFE_INTEGER) }
    const records = await disk.level.values(range).all()
    return records.map((record, index) => decodeRecord(index + 1, record))
  } finally {
    await disk.close()
  }
}
