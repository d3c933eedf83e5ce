import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { UnixMs } from '@hygeia/protocol/units'
import { writeAtomic } from '@hygeia/runtime/atomic-write'

const fileIn = (dataDir: string) => join(dataDir, 'last-backup')

export async function noteBackup(dataDir: string, at: UnixMs): Promise<void> {
  await writeAtomic(fileIn(dataDir), `${at}\n`)
}

/** When the last backup was made; undefined while there is none. */
export async function lastBackupAt(dataDir: string): Promise<UnixMs | undefined> {
  const text = await readFile(fileIn(dataDir), 'utf8').catch(() => '')
  const at = Number(text)
  return Number.isSafeInteger(at) && at > 0 ? (at as UnixMs) : undefined
}
