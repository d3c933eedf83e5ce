import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { type BootId, parseBootId } from '@hygeia/protocol/ids'

/** Name of this boot: the first 8 bytes of the SHA-256 of what the kernel calls it, which is not told outside. */
export async function readBootId(path = '/proc/sys/kernel/random/boot_id'): Promise<BootId> {
  return bootIdOf((await readFile(path, 'utf8')).trim())
}

/** @param name - anything that is the same during one boot and never again */
export function bootIdOf(name: string): BootId {
  return parseBootId(`0x${createHash('sha256').update(name).digest('hex').slice(0, 16)}`)
}
