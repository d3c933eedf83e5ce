import { readFile, rename, writeFile } from 'node:fs/promises'
import type { AgentStatus } from './status.ts'

/**
 * Replace the status file. Not synced: it is old news a second later, and a card has only so many writes.
 *
 * Readable by everybody: it holds no readings, keys or names.
 */
export async function writeStatus(path: string, status: AgentStatus): Promise<void> {
  const temporary = `${path}.tmp`
  await writeFile(temporary, `${JSON.stringify(status, undefined, 2)}\n`, { mode: 0o644 })
  await rename(temporary, path)
}

/** @returns undefined when there is none, or none that can be read */
export async function readStatus(path: string): Promise<AgentStatus | undefined> {
  try {
    const status = JSON.parse(await readFile(path, 'utf8'))
    return status.version === 1 ? status : undefined
  } catch {
    return undefined
  }
}
